import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Scope } from '../api/scope';
import { type NamedObject, parseS3Uri, type S3, S3DataError } from '../aws/s3';
import type { Host } from './cluster';
import { JobFailure } from './control';

/** Where a channel's objects are named. */
export interface S3Source {
  readonly S3DataType?: string;
  readonly S3Uri: string;
  readonly S3DataDistributionType?: string;
  readonly InstanceGroupNames?: readonly string[];
}

/** Which part of a sharded source an instance gets: every `count`th object, from `index` on. */
export interface Share {
  readonly index: number;
  readonly count: number;
  /** Objects are dealt out in an order that depends on it. @default S3's order */
  readonly seed?: number;
}

export const EVERYTHING: Share = { index: 0, count: 1 };

/** Downloads what an S3 data source names; finding nothing is the requester's error, as on AWS. */
export async function downloadSource(
  s3: S3,
  scope: Scope,
  source: S3Source,
  dir: string,
  what: string,
  share = EVERYTHING,
): Promise<void> {
  const all = await objectsOf(s3, scope, source, what);
  if (all.length === 0) {
    throw new JobFailure(
      `ClientError: Data download failed: No S3 objects found under S3 URL "${source.S3Uri}" given in ${what}. ` +
        'Check that the bucket exists in this region and that objects exist under the prefix.',
    );
  }
  const own = source.S3DataDistributionType === 'ShardedByS3Key' ? shareOf(all, share) : all;
  await s3.downloadAll(scope, own, dir).catch((error: NodeJS.ErrnoException) => {
    // One key is a prefix of another, which no folder can hold.
    if (!['ENOTDIR', 'EISDIR', 'EEXIST'].includes(error.code ?? '')) throw error;
    throw new JobFailure(
      `ClientError: Data download failed: objects under ${source.S3Uri}, given in ${what}, cannot be laid out as ` +
        `files, since the name of one is the folder of another: ${error.path ?? error.message}`,
    );
  });
}

function shareOf(objects: NamedObject[], { index, count, seed }: Share): NamedObject[] {
  const rank = (key: string) => createHash('sha256').update(`${seed}\n${key}`).digest('hex');
  const order = seed === undefined ? objects : [...objects].sort((a, b) => (rank(a.key) < rank(b.key) ? -1 : 1));
  return order.filter((_, at) => at % count === index);
}

async function objectsOf(s3: S3, scope: Scope, source: S3Source, what: string): Promise<NamedObject[]> {
  if (source.S3DataType !== 'ManifestFile') return s3.objects(scope, source.S3Uri);
  const text = (await s3.read(scope, parseS3Uri(source.S3Uri))).toString('utf8');
  const [head, ...names] = parseManifest(text, source.S3Uri, what);
  const { bucket, key } = parseS3Uri((head as { prefix: string }).prefix);
  return (names as string[]).map((name) => ({ bucket, key: key + name, name }));
}

/** A manifest is a JSON list: first `{"prefix": uri}`, then keys below it. */
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

// biome-ignore lint/suspicious/noExplicitAny: the request was checked against the service model
export type Channel = Record<string, any>;

const sourceOf = (channel: Channel): S3Source => channel.DataSource.S3DataSource;

/** The channels that an instance has: those that name no groups of instances, or its own. */
export const channelsOf = (channels: readonly Channel[], host: Host): Channel[] =>
  channels.filter((channel) => sourceOf(channel).InstanceGroupNames?.includes(host.group) ?? true);

/** Downloads the training channels of an instance below input/data. */
export async function downloadChannels(
  s3: S3,
  scope: Scope,
  channels: readonly Channel[],
  folder: string,
  cluster: readonly Host[],
  host: Host,
): Promise<void> {
  for (const channel of channelsOf(channels, host)) {
    const dir = join(folder, 'input', 'data', channel.ChannelName);
    const sharing = cluster.filter((member) => channelsOf([channel], member).length > 0);
    const share = { index: sharing.indexOf(host), count: sharing.length, seed: channel.ShuffleConfig?.Seed };
    await downloadSource(s3, scope, sourceOf(channel), dir, `channel '${channel.ChannelName}'`, share);
  }
}
