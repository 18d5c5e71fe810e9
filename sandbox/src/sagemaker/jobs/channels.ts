import { join } from 'node:path';
import type { Scope } from '../api/scope';
import { inParallel, insideOf, parseS3Uri, type S3, S3DataError } from '../aws/s3';
import { JobFailure } from './control';

/** Where a channel's objects are named. */
export interface S3Source {
  readonly S3DataType?: string;
  readonly S3Uri: string;
}

/** Downloads what an S3 data source names; finding nothing is the requester's error, as on AWS. */
export async function downloadSource(s3: S3, scope: Scope, source: S3Source, dir: string, what: string): Promise<void> {
  if (source.S3DataType === 'ManifestFile') return downloadManifest(s3, scope, source.S3Uri, dir, what);
  if (source.S3DataType === 'AugmentedManifestFile') {
    throw new JobFailure(`ClientError: ${what} is an AugmentedManifestFile, which needs Pipe mode; use S3Prefix.`);
  }
  const count = await s3.downloadPrefix(scope, source.S3Uri, dir);
  if (count === 0) {
    throw new JobFailure(
      `ClientError: Data download failed: No S3 objects found under S3 URL "${source.S3Uri}" given in ${what}. ` +
        'Check that the bucket exists in this region and that objects exist under the prefix.',
    );
  }
}

/** A manifest is a JSON list: first `{"prefix": uri}`, then keys below it. */
async function downloadManifest(s3: S3, scope: Scope, uri: string, dir: string, what: string): Promise<void> {
  const text = (await s3.read(scope, parseS3Uri(uri))).toString('utf8');
  const [head, ...keys] = parseManifest(text, uri, what);
  const prefix = (head as { prefix: string }).prefix;
  await inParallel(keys as string[], (key) => s3.download(scope, parseS3Uri(prefix + key), insideOf(dir, key)));
}

export function parseManifest(text: string, uri: string, what: string): unknown[] {
  try {
    const list = JSON.parse(text) as unknown[];
    const prefix = (list[0] as { prefix?: unknown } | undefined)?.prefix;
    if (typeof prefix === 'string' && list.slice(1).every((key) => typeof key === 'string')) return list;
  } catch {
    // Refused below, with the form that is expected.
  }
  throw new S3DataError(`The manifest ${uri} of ${what} is not a JSON list of {"prefix": "s3://…"} and keys below it.`);
}

/** Downloads every training channel below input/data. */
export async function downloadChannels(
  s3: S3,
  scope: Scope,
  // biome-ignore lint/suspicious/noExplicitAny: the request was checked against the service model
  channels: Record<string, any>[],
  folder: string,
): Promise<void> {
  for (const channel of channels) {
    const dir = join(folder, 'input', 'data', channel.ChannelName);
    await downloadSource(s3, scope, channel.DataSource.S3DataSource, dir, `channel '${channel.ChannelName}'`);
  }
}
