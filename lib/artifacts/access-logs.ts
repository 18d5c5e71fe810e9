import { Duration, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption, type CfnBucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

/**
 * The bucket that takes the access logs of others. S3 delivers logs only where the default encryption is its own, so
 * the customer-managed key can't be used here.
 * @internal
 */
export function createAccessLogsBucket(
  scope: Construct,
  id: string,
  props: { readonly removalPolicy: RemovalPolicy; readonly autoDeleteObjects: boolean; readonly keepFor: Duration },
): Bucket {
  return new Bucket(scope, id, {
    encryption: BucketEncryption.S3_MANAGED,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    lifecycleRules: [
      { id: 'expire', expiration: props.keepFor, abortIncompleteMultipartUploadAfter: Duration.days(7) },
    ],
    removalPolicy: props.removalPolicy,
    autoDeleteObjects: props.autoDeleteObjects,
  });
}

/**
 * Sends a bucket's access logs to another one. Written on the resource itself: what `serverAccessLogsBucket` makes of it
 * depends on feature flags of the app, down to ACLs, which both buckets have switched off.
 * @internal
 */
export function logAccess(source: Bucket, logs: IBucket, prefix: string): void {
  const resource = source.node.defaultChild as CfnBucket;
  resource.loggingConfiguration = { destinationBucketName: logs.bucketName, logFilePrefix: prefix };
  logs.addToResourcePolicy(
    new PolicyStatement({
      effect: Effect.ALLOW,
      principals: [new ServicePrincipal('logging.s3.amazonaws.com')],
      actions: ['s3:PutObject'],
      resources: [logs.arnForObjects(`${prefix}*`)],
      conditions: {
        StringEquals: { 'aws:SourceAccount': Stack.of(source).account },
        ArnLike: { 'aws:SourceArn': source.bucketArn },
      },
    }),
  );
}

/** @internal */
export const DEFAULT_LOG_RETENTION = Duration.days(365);
