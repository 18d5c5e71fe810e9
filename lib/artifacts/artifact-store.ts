import { Annotations, RemovalPolicy } from 'aws-cdk-lib';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct, type IConstruct } from 'constructs';
import { Stage } from '../platform/stage';
import { createAccessLogsBucket, DEFAULT_LOG_RETENTION } from './access-logs';
import { type ArtifactLifecycle, createArtifactBucket } from './artifact-bucket';
import { allowServices, createArtifactKey } from './artifact-key';
import type { ArtifactPrefix } from './artifact-prefix';
import { STORE_ENV } from './contract';
import { createEvidenceBucket, type EvidenceLock } from './evidence-bucket';
import { grantDeletion, grantReading, grantWriting } from './store-grants';
import { writeOnceStatements } from './write-once';

/** Where artefacts and evidence lie: made by ArtifactStore, or brought in. */
export interface IArtifactStore extends IConstruct {
  /** Bucket of artefacts: data, code, runs, captures, reports and sealed models. */
  readonly bucket: IBucket;
  /** Bucket of evidence: what proves how a decision came about. */
  readonly evidenceBucket: IBucket;
  /** The customer-managed key; also for what belongs to the store's platform, such as tables, topics and log groups. */
  readonly encryptionKey: IKey;
  /** Environment variables of handlers that read or write the store. */
  readonly environment: { [name: string]: string };

  /**
   * URI of an artefact, or of the whole prefix without a path.
   * @param path path below the prefix
   */
  s3Uri(prefix: ArtifactPrefix, path?: string): string;
  /** Reading objects, also by version, and listing them. */
  grantRead(grantee: IGrantable, prefix: ArtifactPrefix): Grant;
  /** Writing objects. Under `models/`, `data/` and `code/` only with `If-None-Match: *`. Reading is not included. */
  grantWrite(grantee: IGrantable, prefix: ArtifactPrefix): Grant;
  /** Deleting objects and their versions. Sealed models can't be deleted, whoever is granted it. */
  grantDelete(grantee: IGrantable, prefix: ArtifactPrefix): Grant;
  /**
   * Reading and listing evidence, as auditors do.
   * @param path folder without its closing slash, such as `runs/my-model`. @default - all evidence
   */
  grantReadEvidence(grantee: IGrantable, path?: string): Grant;
  /**
   * Writing evidence; neither reading nor deleting it.
   * @param path folder without its closing slash, such as `runs/my-model`. @default - all evidence
   */
  grantWriteEvidence(grantee: IGrantable, path?: string): Grant;
}

/** Properties of an ArtifactStore. */
export interface ArtifactStoreProps {
  /** @default Stage.DEV */
  readonly stage?: Stage;
  /**
   * Encrypts both buckets, and what belongs to the platform. The policy of an imported key must itself let
   * `cloudwatch.amazonaws.com`, `events.amazonaws.com` and `logs.<region>.amazonaws.com` use it.
   * @default - a new customer-managed key, rotated each year
   */
  readonly encryptionKey?: IKey;
  /**
   * Takes the access logs of both buckets. A bucket imported from elsewhere must itself allow
   * `logging.s3.amazonaws.com` to write.
   * @default - a new bucket, which keeps them a year
   */
  readonly accessLogsBucket?: IBucket;
  /** What expires, and when. @default - noncurrent versions of what jobs and endpoints write, after 30 days */
  readonly lifecycle?: ArtifactLifecycle;
  /** Keeps evidence from deletion; can't be switched off once deployed. @default - GOVERNANCE for 365 days in production, none elsewhere */
  readonly evidenceLock?: EvidenceLock;
  /** What becomes of key and buckets when the stack goes. DESTROY is refused in production. @default RemovalPolicy.RETAIN */
  readonly removalPolicy?: RemovalPolicy;
  /** Empties the buckets when the stack goes, so that they can be removed; in development only. @default - true in development with DESTROY */
  readonly autoDeleteObjects?: boolean;
}

/** An existing bucket as a store. */
export interface ExistingBucketProps {
  /** @default Stage.DEV */
  readonly stage?: Stage;
  /** Bucket of artefacts. Must be versioned. */
  readonly bucket: IBucket;
  /** Bucket of evidence. Should be versioned and locked. @default - a new one, as ArtifactStore makes it */
  readonly evidenceBucket?: IBucket;
  /** Key that encrypts the bucket, and what belongs to the platform. @default - the bucket's key, else a new one */
  readonly encryptionKey?: IKey;
}

/** A store by names, as another stack finds it. */
export interface ArtifactStoreAttributes {
  /** @default Stage.DEV */
  readonly stage?: Stage;
  readonly bucketName: string;
  readonly evidenceBucketName: string;
  readonly encryptionKeyArn: string;
}

/** What made and brought-in stores share. */
abstract class ArtifactStoreBase extends Construct implements IArtifactStore {
  public abstract readonly bucket: IBucket;
  public abstract readonly evidenceBucket: IBucket;
  public abstract readonly encryptionKey: IKey;

  public get environment(): { [name: string]: string } {
    return {
      [STORE_ENV.bucket]: this.bucket.bucketName,
      [STORE_ENV.evidenceBucket]: this.evidenceBucket.bucketName,
      [STORE_ENV.keyArn]: this.encryptionKey.keyArn,
    };
  }

  public s3Uri(prefix: ArtifactPrefix, path?: string): string {
    return this.bucket.s3UrlForObject(`${prefix.value}${path ?? ''}`);
  }

  public grantRead(grantee: IGrantable, prefix: ArtifactPrefix): Grant {
    return grantReading(this.bucket, this.encryptionKey, grantee, `${prefix.value}*`);
  }

  public grantWrite(grantee: IGrantable, prefix: ArtifactPrefix): Grant {
    return grantWriting(this.bucket, this.encryptionKey, grantee, `${prefix.value}*`);
  }

  public grantDelete(grantee: IGrantable, prefix: ArtifactPrefix): Grant {
    return grantDeletion(this.bucket, grantee, `${prefix.value}*`);
  }

  public grantReadEvidence(grantee: IGrantable, path?: string): Grant {
    return grantReading(this.evidenceBucket, this.encryptionKey, grantee, path ? `${path}/*` : '*');
  }

  public grantWriteEvidence(grantee: IGrantable, path?: string): Grant {
    return grantWriting(this.evidenceBucket, this.encryptionKey, grantee, path ? `${path}/*` : '*');
  }
}

/**
 * Encrypted, versioned storage for artefacts, and a bucket of its own for evidence. Both are encrypted with one
 * customer-managed key, take TLS 1.2 and above only, and log accesses. Sealed models are never overwritten or deleted;
 * data and code are never overwritten.
 *
 * @example
 * const store = new ArtifactStore(this, 'Store', { stage: Stage.PROD });
 * store.grantRead(analysts, ArtifactPrefix.REPORTS);
 */
export class ArtifactStore extends ArtifactStoreBase {
  /**
   * An existing bucket. The policy statements that keep models, data and code as they were written are added where the
   * bucket belongs to this app; for a bucket imported by name a warning names what its owner has to add.
   */
  public static fromBucket(scope: Construct, id: string, props: ExistingBucketProps): IArtifactStore {
    return new ExistingStore(scope, id, props);
  }

  /** A store that another stack made, by names. */
  public static fromAttributes(scope: Construct, id: string, attributes: ArtifactStoreAttributes): IArtifactStore {
    return new NamedStore(scope, id, attributes);
  }

  public readonly bucket: IBucket;
  public readonly evidenceBucket: IBucket;
  public readonly encryptionKey: IKey;
  /** Takes the access logs of both buckets. */
  public readonly accessLogsBucket: IBucket;

  constructor(scope: Construct, id: string, props: ArtifactStoreProps = {}) {
    super(scope, id);
    const stage = props.stage ?? Stage.DEV;
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    const autoDeleteObjects =
      props.autoDeleteObjects ??
      (stage === Stage.DEV && removalPolicy === RemovalPolicy.DESTROY && !props.evidenceLock);
    checkRemoval(this, stage, removalPolicy, autoDeleteObjects);
    this.encryptionKey = props.encryptionKey ?? createArtifactKey(this, 'Key', removalPolicy);
    allowServices(this, this.encryptionKey);
    this.accessLogsBucket =
      props.accessLogsBucket ??
      createAccessLogsBucket(this, 'AccessLogs', { removalPolicy, autoDeleteObjects, keepFor: DEFAULT_LOG_RETENTION });
    const common = {
      encryptionKey: this.encryptionKey,
      removalPolicy,
      autoDeleteObjects,
      accessLogs: this.accessLogsBucket,
    };
    this.bucket = createArtifactBucket(this, 'Bucket', { ...common, lifecycle: props.lifecycle });
    this.evidenceBucket = createEvidenceBucket(this, 'Evidence', { ...common, stage, lock: props.evidenceLock });
  }
}

class ExistingStore extends ArtifactStoreBase {
  public readonly bucket: IBucket;
  public readonly evidenceBucket: IBucket;
  public readonly encryptionKey: IKey;

  constructor(scope: Construct, id: string, props: ExistingBucketProps) {
    super(scope, id);
    const removalPolicy = RemovalPolicy.RETAIN;
    this.bucket = props.bucket;
    this.encryptionKey =
      props.encryptionKey ?? props.bucket.encryptionKey ?? createArtifactKey(this, 'Key', removalPolicy);
    allowServices(this, this.encryptionKey);
    this.evidenceBucket = props.evidenceBucket ?? this.newEvidenceBucket(props.stage ?? Stage.DEV, removalPolicy);
    this.protect();
  }

  private newEvidenceBucket(stage: Stage, removalPolicy: RemovalPolicy): Bucket {
    const keepFor = DEFAULT_LOG_RETENTION;
    const accessLogs = createAccessLogsBucket(this, 'AccessLogs', { removalPolicy, autoDeleteObjects: false, keepFor });
    const { encryptionKey } = this;
    return createEvidenceBucket(this, 'Evidence', {
      stage,
      encryptionKey,
      removalPolicy,
      autoDeleteObjects: false,
      accessLogs,
    });
  }

  private protect(): void {
    const results = writeOnceStatements(this.bucket).map((statement) => this.bucket.addToResourcePolicy(statement));
    if (results.every((result) => result.statementAdded)) return;
    Annotations.of(this).addWarningV2(
      'cdk-mlops:bucketPolicyNotManaged',
      'The policy of this bucket is not managed here. Have its owner deny s3:PutObject without the header If-None-Match ' +
        'on models/sha256/*, data/*/uploads/* and code/sha256/*, and s3:DeleteObject and s3:DeleteObjectVersion on ' +
        'models/sha256/*, or what was verified may not be what is deployed.',
    );
  }
}

class NamedStore extends ArtifactStoreBase {
  public readonly bucket: IBucket;
  public readonly evidenceBucket: IBucket;
  public readonly encryptionKey: IKey;

  constructor(scope: Construct, id: string, attributes: ArtifactStoreAttributes) {
    super(scope, id);
    this.encryptionKey = Key.fromKeyArn(this, 'Key', attributes.encryptionKeyArn);
    this.bucket = Bucket.fromBucketName(this, 'Bucket', attributes.bucketName);
    this.evidenceBucket = Bucket.fromBucketName(this, 'Evidence', attributes.evidenceBucketName);
  }
}

function checkRemoval(scope: Construct, stage: Stage, removalPolicy: RemovalPolicy, autoDeleteObjects: boolean): void {
  const problems: string[] = [];
  if (stage === Stage.PROD && removalPolicy === RemovalPolicy.DESTROY) {
    problems.push('removalPolicy DESTROY is refused in production: models and evidence would go with the stack');
  }
  if (autoDeleteObjects && stage !== Stage.DEV) problems.push(`autoDeleteObjects is for development, not '${stage}'`);
  if (autoDeleteObjects && removalPolicy !== RemovalPolicy.DESTROY) {
    problems.push('autoDeleteObjects needs removalPolicy DESTROY');
  }
  if (problems.length > 0) throw new Error(`ArtifactStore '${scope.node.path}': ${problems.join('; ')}.`);
}
