import { type CustomResourceProvider, Duration, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Bucket, type CfnBucket, type IBucket, type LifecycleRule } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { logAccess } from './access-logs';
import { PREFIX } from './contract';
import { privateBucket } from './private-bucket';
import { writeOnceStatements } from './write-once';

/** How long the store keeps what nothing refers to for ever. Models, data and code never expire. */
export interface ArtifactLifecycle {
  /** How long what jobs wrote under `runs/` is kept. @default - for ever */
  readonly expireRunsAfter?: Duration;
  /** How long captured requests and answers are kept. @default - for ever */
  readonly expireCapturesAfter?: Duration;
  /** How long overwritten or deleted versions under `runs/`, `captures/` and `reports/` are kept. @default 30 days */
  readonly expireNoncurrentAfter?: Duration;
}

/** @internal */
export interface ArtifactBucketOptions {
  readonly encryptionKey: IKey;
  readonly lifecycle?: ArtifactLifecycle;
  readonly removalPolicy: RemovalPolicy;
  readonly autoDeleteObjects: boolean;
  readonly accessLogs?: IBucket;
}

/** @internal */
export function createArtifactBucket(scope: Construct, id: string, options: ArtifactBucketOptions): Bucket {
  const bucket = new Bucket(scope, id, {
    ...privateBucket(options.encryptionKey),
    lifecycleRules: lifecycleRules(options.lifecycle ?? {}),
    removalPolicy: options.removalPolicy,
    autoDeleteObjects: options.autoDeleteObjects,
  });
  // On the resource itself: `eventBridgeEnabled` would bring a custom resource with rights on all buckets.
  const resource = bucket.node.defaultChild as CfnBucket;
  resource.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
  if (options.accessLogs) logAccess(bucket, options.accessLogs, 'artifacts/');
  const emptiedBy = options.autoDeleteObjects ? emptierRoleArn(bucket) : undefined;
  for (const statement of writeOnceStatements(bucket, emptiedBy)) bucket.addToResourcePolicy(statement);
  return bucket;
}

function lifecycleRules(lifecycle: ArtifactLifecycle): LifecycleRule[] {
  const noncurrentVersionExpiration = lifecycle.expireNoncurrentAfter ?? Duration.days(30);
  const expiring = (id: string, prefix: string, expiration?: Duration): LifecycleRule => ({
    id,
    prefix,
    noncurrentVersionExpiration,
    // S3 removes lone delete markers by itself where current versions expire, and refuses to be asked for both.
    ...(expiration ? { expiration } : { expiredObjectDeleteMarker: true }),
  });
  return [
    { id: 'abort-uploads', abortIncompleteMultipartUploadAfter: Duration.days(7) },
    expiring('runs', PREFIX.runs, lifecycle.expireRunsAfter),
    expiring('captures', PREFIX.captures, lifecycle.expireCapturesAfter),
    expiring('reports', PREFIX.reports),
  ];
}

/** Role of the custom resource by which CDK empties a bucket before its deletion: one per stack, under a fixed id. */
function emptierRoleArn(bucket: Bucket): string {
  const id = 'Custom::S3AutoDeleteObjectsCustomResourceProvider';
  const provider = Stack.of(bucket).node.tryFindChild(id) as CustomResourceProvider | undefined;
  if (!provider) throw new Error(`This version of aws-cdk-lib has no '${id}': set autoDeleteObjects to false.`);
  return provider.roleArn;
}
