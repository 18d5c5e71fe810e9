import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';

/**
 * Reading and listing below a pattern of keys. The bucket's own `grantRead` would list the whole bucket and give
 * `s3:GetObject*`, which includes ACLs and legal holds.
 *
 * Listing names a prefix below the pattern, or none: S3 tells a reader that an object is missing (404) instead of
 * forbidden (403) only where it may list without one.
 * @internal
 */
export function grantReading(
  bucket: IBucket,
  key: IKey,
  grantee: IGrantable,
  keys: string,
  actions = ['s3:GetObject', 's3:GetObjectVersion'],
): Grant {
  const objects = Grant.addToPrincipalOrResource({
    grantee,
    resource: bucket,
    actions,
    resourceArns: [bucket.arnForObjects(keys)],
  });
  const listing = Grant.addToPrincipalOrResource({
    grantee,
    resource: bucket,
    actions: ['s3:ListBucket'],
    resourceArns: [bucket.bucketArn],
    ...(keys === '*' ? {} : { conditions: { StringLikeIfExists: { 's3:prefix': [keys] } } }),
  });
  return objects.combine(listing).combine(key.grant(grantee, 'kms:Decrypt'));
}

/**
 * Writing below a pattern of keys, by default also in parts: those are encrypted one by one and put together again, for
 * which S3 needs to decrypt as well, and an upload that was cut off has to be given up.
 * @internal
 */
export function grantWriting(
  bucket: IBucket,
  key: IKey,
  grantee: IGrantable,
  keys: string,
  { inParts } = { inParts: true },
): Grant {
  const objects = Grant.addToPrincipalOrResource({
    grantee,
    resource: bucket,
    actions: ['s3:PutObject', ...(inParts ? ['s3:AbortMultipartUpload'] : [])],
    resourceArns: [bucket.arnForObjects(keys)],
  });
  return objects.combine(key.grant(grantee, 'kms:GenerateDataKey', ...(inParts ? ['kms:Decrypt'] : [])));
}

/** @internal */
export function grantDeletion(bucket: IBucket, grantee: IGrantable, keys: string): Grant {
  return Grant.addToPrincipalOrResource({
    grantee,
    resource: bucket,
    actions: ['s3:DeleteObject', 's3:DeleteObjectVersion'],
    resourceArns: [bucket.arnForObjects(keys)],
  });
}
