import type { VerificationKey } from '../../core/attestation';
import { digestStream } from '../../core/digest';
import { releaseEvidenceKey, sealedModelKey, sourceKey } from '../../lib/artifacts/contract';
import type { ModelVersionRecord } from '../../lib/registry/contract';
import type { ReleaseContext, ReleaseManifest, ReleaseSpec, VerifyInput } from '../../lib/release/contract';
import type { Registry } from '../registry/store/types';
import { NotFound } from '../shared/errors';
import { parseS3Uri } from '../shared/s3.client';
import { buildManifest, manifestDigestOf, namesOf } from './manifest';
import { asStep, openRelease, ReleaseFailed, versionOf } from './release';
import { signatureProblems } from './verify-signature';

export interface VerifyTools {
  readonly store: Pick<Registry, 'getRelease' | 'getVersion' | 'startRelease' | 'updateRelease' | 'recordReleaseStep'>;
  readonly spec: ReleaseSpec;
  readonly bucket: string;
  readonly evidenceBucket: string;
  /** The key by which versions must be signed. @default - signatures are not asked for */
  readonly signingKey?: VerificationKey;
  /** Bytes of an object; throws NotFound where it is gone. */
  readonly read: (bucket: string, key: string) => Promise<AsyncIterable<Uint8Array>>;
  readonly write: (bucket: string, key: string, value: unknown) => Promise<{ uri: string }>;
}

const PINNED = /@sha256:[0-9a-f]{64}$/;

/**
 * Checks that everything a deployment reads is there and is what was recorded, byte by byte, and writes it down as the
 * manifest that policies and people decide on.
 */
export async function verify(input: VerifyInput, tools: VerifyTools): Promise<ReleaseContext> {
  const { store, spec, evidenceBucket } = tools;
  const { releaseId, executionArn } = input;
  await openRelease(store, spec.model, releaseId);
  // The starter may have died before it noted the execution; another execution of this release is refused here.
  const release = await store.startRelease(releaseId, executionArn);
  return asStep(store, releaseId, 'Verify', async () => {
    const version = await versionOf(store, release);
    const problems = await problemsOf(version, tools);
    if (problems.length > 0) {
      throw new ReleaseFailed(
        `Version ${version.version} of ${version.model} is not what was registered: ${problems.join('; ')}. ` +
          'Nothing was deployed. Find out who changed it, and train the version again.',
      );
    }
    const manifest = buildManifest(version, spec.hosting, placeOf(executionArn));
    const manifestDigest = manifestDigestOf(manifest);
    const key = releaseEvidenceKey(version.model, releaseId, 'manifest.json');
    const { uri } = await tools.write(evidenceBucket, key, manifest);
    await store.updateRelease(releaseId, { manifestDigest });
    return contextOf(releaseId, manifest, manifestDigest, uri);
  });
}

const contextOf = (
  releaseId: string,
  manifest: ReleaseManifest,
  manifestDigest: string,
  manifestUri: string,
): ReleaseContext => ({
  releaseId,
  model: manifest.model,
  version: manifest.version,
  manifest,
  manifestDigest,
  manifestUri,
  names: namesOf(manifest, manifestDigest),
});

/** Account and region from `arn:aws:states:<region>:<account>:execution:…`. */
function placeOf(executionArn: string): { readonly account: string; readonly region: string } {
  const [, , , region, account] = executionArn.split(':');
  if (region && account) return { account, region };
  throw new ReleaseFailed(`'${executionArn}' is no ARN of an execution.`);
}

/** Everything that is wrong with a version, in one list. */
async function problemsOf(version: ModelVersionRecord, tools: VerifyTools): Promise<string[]> {
  const { archive, source, evidence, image } = version;
  const problems: string[] = [];
  if (version.status === 'REJECTED') problems.push(`it was rejected: ${version.reason ?? 'no reason on record'}`);
  if (!PINNED.test(image)) problems.push(`its image '${image}' is not pinned by digest (…@sha256:…)`);
  const expected = `s3://${tools.bucket}/${sealedModelKey(archive.sha256)}`;
  if (archive.uri !== expected) problems.push(`its archive ${archive.uri} is not at its sealed key ${expected}`);
  const objects = [
    { what: 'archive', uri: archive.uri, sha256: archive.sha256 },
    ...(source ? [{ what: 'source', uri: source.uri, sha256: source.sha256 }] : []),
    ...evidence.map(({ kind, uri, sha256 }) => ({ what: `evidence (${kind})`, uri, sha256 })),
  ];
  const found = await Promise.all(objects.map((object) => problemOf(object, tools)));
  return [
    ...problems,
    ...found.filter((problem) => problem !== undefined),
    ...misplaced(source, tools.bucket),
    ...(await signatureProblems(version, tools)),
  ];
}

/** Source archives lie by content, so that nobody can exchange them. */
function misplaced(source: ModelVersionRecord['source'], bucket: string): string[] {
  if (!source) return [];
  const expected = `s3://${bucket}/${sourceKey(source.sha256)}`;
  return source.uri === expected ? [] : [`its source ${source.uri} is not at its key by content ${expected}`];
}

async function problemOf(
  object: { readonly what: string; readonly uri: string; readonly sha256: string },
  { read, bucket, evidenceBucket }: VerifyTools,
): Promise<string | undefined> {
  const at = parseS3Uri(object.uri);
  if (at.bucket !== bucket && at.bucket !== evidenceBucket) {
    return `its ${object.what} ${object.uri} is in another bucket than this platform's`;
  }
  try {
    const { sha256 } = await digestStream(await read(at.bucket, at.key));
    if (sha256 === object.sha256) return undefined;
    return `its ${object.what} ${object.uri} has the SHA-256 ${sha256}, recorded is ${object.sha256}`;
  } catch (error) {
    if (error instanceof NotFound) return `its ${object.what} ${object.uri} is gone`;
    throw error;
  }
}
