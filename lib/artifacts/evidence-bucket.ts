import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Bucket, type IBucket, ObjectLockRetention } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { Stage } from '../platform/stage';
import { logAccess } from './access-logs';
import { privateBucket } from './private-bucket';

/** How strictly locked evidence is kept. */
export enum EvidenceLockMode {
  /** Nobody deletes it early but those with `s3:BypassGovernanceRetention`. */
  GOVERNANCE = 'GOVERNANCE',
  /** Nobody deletes it early, not even the account's root user; the bucket can't be removed before. */
  COMPLIANCE = 'COMPLIANCE',
}

/** How evidence is kept from deletion. */
export interface EvidenceLock {
  /** @default EvidenceLockMode.GOVERNANCE */
  readonly mode?: EvidenceLockMode;
  /** How long each version is locked from its writing on, whole days. @default 365 days */
  readonly keepFor?: Duration;
}

/** @internal */
export interface EvidenceBucketOptions {
  readonly stage: Stage;
  readonly encryptionKey: IKey;
  readonly lock?: EvidenceLock;
  readonly removalPolicy: RemovalPolicy;
  readonly autoDeleteObjects: boolean;
  readonly accessLogs?: IBucket;
}

/**
 * The bucket of what proves how a decision came about. In production its versions are locked against deletion; object
 * lock can't be switched off again, so development and acceptance go without unless a lock is asked for.
 * @internal
 */
export function createEvidenceBucket(scope: Construct, id: string, options: EvidenceBucketOptions): Bucket {
  const lock = options.lock ?? (options.stage === Stage.PROD ? {} : undefined);
  if (lock && options.autoDeleteObjects) {
    throw new Error(
      `${scope.node.path}: locked evidence can't be deleted with its stack. Leave out evidenceLock or autoDeleteObjects.`,
    );
  }
  const bucket = new Bucket(scope, id, {
    ...privateBucket(options.encryptionKey),
    lifecycleRules: [{ id: 'abort-uploads', abortIncompleteMultipartUploadAfter: Duration.days(7) }],
    ...(lock ? { objectLockEnabled: true, objectLockDefaultRetention: retention(lock) } : {}),
    removalPolicy: options.removalPolicy,
    autoDeleteObjects: options.autoDeleteObjects,
  });
  if (options.accessLogs) logAccess(bucket, options.accessLogs, 'evidence/');
  return bucket;
}

function retention(lock: EvidenceLock): ObjectLockRetention {
  const keepFor = lock.keepFor ?? Duration.days(365);
  return lock.mode === EvidenceLockMode.COMPLIANCE
    ? ObjectLockRetention.compliance(keepFor)
    : ObjectLockRetention.governance(keepFor);
}
