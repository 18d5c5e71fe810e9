import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import { ArtifactPrefix } from '../artifacts/artifact-prefix';
import type { IArtifactStore } from '../artifacts/artifact-store';
import { artifactsOf, grantGet, grantPut } from '../artifacts/object-grants';
import type { TrainingSpec } from './contract';

/** Lets someone read the key by which a model's columns are hashed. */
export const grantHashKey = (store: IArtifactStore, model: string, grantee: IGrantable): Grant =>
  grantGet(grantee, artifactsOf(store, ArtifactPrefix.KEYS.child(model)));

/**
 * Where the key lies by which columns are hashed; undefined where none is.
 * @param maker makes it once, and can't read it
 * @param reader hashes by it
 */
export function hashKeyUri(
  { model, privacy }: Pick<TrainingSpec, 'model' | 'privacy'>,
  store: IArtifactStore,
  maker: IGrantable,
  reader: IGrantable,
): string | undefined {
  if (!Object.values(privacy?.columns ?? {}).includes('hash')) return undefined;
  const keys = ArtifactPrefix.KEYS.child(model);
  grantPut(maker, artifactsOf(store, keys));
  grantHashKey(store, model, reader);
  return store.bucket.s3UrlForObject(keys.value);
}
