import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { PREFIX } from './contract';

/** Keys that are written once. Data may be deleted (people have a right to it), but never replaced. */
const WRITE_ONCE = [`${PREFIX.models}*`, `${PREFIX.data}*/uploads/*`, `${PREFIX.code}sha256/*`, `${PREFIX.keys}*`];

/**
 * The statements that keep written-once keys as they were written.
 *
 * S3 takes `If-None-Match: *` on PutObject, CompleteMultipartUpload and CopyObject, and writes then only where no object
 * is. The first statement refuses these requests without the header. The parts of a multipart upload can't carry it and
 * create no object yet: for them `s3:ObjectCreationOperation` is false. Where S3 has no conditional CopyObject yet (it
 * answers 501), copy by UploadPartCopy and a conditional CompleteMultipartUpload, which work everywhere.
 *
 * The second one denies what would remove or change a sealed archive. Whoever may change the bucket policy can lift it.
 *
 * @param emptiedBy role ARN of the custom resource that empties the bucket when a development stack is deleted
 * @internal
 */
export function writeOnceStatements(bucket: IBucket, emptiedBy?: string): PolicyStatement[] {
  return [
    new PolicyStatement({
      sid: 'DenyOverwriting',
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      actions: ['s3:PutObject'],
      resources: WRITE_ONCE.map((keys) => bucket.arnForObjects(keys)),
      conditions: { Null: { 's3:if-none-match': 'true' }, Bool: { 's3:ObjectCreationOperation': 'true' } },
    }),
    new PolicyStatement({
      sid: 'DenyTouchingSealedModels',
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      actions: [
        's3:DeleteObject',
        's3:DeleteObjectVersion',
        's3:PutObjectAcl',
        's3:PutObjectVersionAcl',
        's3:ReplicateDelete',
      ],
      resources: [bucket.arnForObjects(`${PREFIX.models}*`)],
      ...(emptiedBy ? { conditions: { ArnNotEquals: { 'aws:PrincipalArn': emptiedBy } } } : {}),
    }),
  ];
}
