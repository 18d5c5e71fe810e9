import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ArtifactPrefix } from './artifact-prefix';
import type { IArtifactStore } from './artifact-store';
import { grantReading, grantWriting } from './store-grants';

/** Objects of a store whose keys match a pattern. */
export interface Objects {
  readonly bucket: IBucket;
  readonly key: IKey;
  readonly pattern: string;
}

/** Artefacts below a prefix. */
export const artifactsOf = (store: IArtifactStore, prefix: ArtifactPrefix): Objects => ({
  bucket: store.bucket,
  key: store.encryptionKey,
  pattern: `${prefix.value}*`,
});

/** Evidence, or that below a path without its closing slash. */
export const evidenceOf = (store: IArtifactStore, path?: string): Objects => ({
  bucket: store.evidenceBucket,
  key: store.encryptionKey,
  pattern: path ? `${path}/*` : '*',
});

/**
 * What a handler or job does with objects, where the store's own grants, made for people, give more: reading what is
 * current, or learning that it is gone.
 */
export const grantGet = (grantee: IGrantable, { bucket, key, pattern }: Objects): Grant =>
  grantReading(bucket, key, grantee, pattern, ['s3:GetObject']);

/** Reading by version, or learning that the version is gone. */
export const grantGetVersion = (grantee: IGrantable, { bucket, key, pattern }: Objects): Grant =>
  grantReading(bucket, key, grantee, pattern, ['s3:GetObjectVersion']);

/** Writing objects whole, never in parts. */
export const grantPut = (grantee: IGrantable, { bucket, key, pattern }: Objects): Grant =>
  grantWriting(bucket, key, grantee, pattern, { inParts: false });
