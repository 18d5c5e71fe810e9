import { Aspects, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct, type IConstruct } from 'constructs';
import { ArtifactStore, type IArtifactStore } from '../artifacts/artifact-store';
import { type ISigningKey, SigningKey } from '../artifacts/signing-key';
import { DatasetIngestion } from '../data/dataset-ingestion';
import type { IMlflowTracking } from '../mlflow/mlflow-access';
import { type MlflowOptions, MlflowTracking } from '../mlflow/mlflow-tracking';
import { AuditTrail } from '../registry/audit-trail';
import { type IModelRegistry, ModelRegistry } from '../registry/model-registry';
import { type PlatformDirectory, platformParameter } from './contract';
import { exportParameter, lookUp, publish, publishDirectory } from './directory';
import { checkName } from './names';
import type { NetworkConfig } from './network';
import { createNotificationTopic } from './notification-topic';
import { packageVersion } from './package-root';
import { PlatformAlarms } from './platform-alarms';
import { PlatformDashboard } from './platform-dashboard';
import { ReviewedWildcards } from './reviewed-wildcards';
import { Stage } from './stage';

/** What models share: made by MlopsPlatform, or found by name from another stack. */
export interface IMlopsPlatform extends IConstruct {
  /** Name of the platform, the first part of names of resources. */
  readonly platformName: string;
  readonly stage: Stage;
  readonly store: IArtifactStore;
  readonly registry: IModelRegistry;
  /** Topic of alarms and notifications. */
  readonly topic: ITopic;
  /** Network of functions and jobs. @default - none */
  readonly network?: NetworkConfig;
  /** Role of all jobs and endpoints, where the user brought one. @default - each kind of job gets its own */
  readonly jobRole?: IRole;
  /** Signs versions. @default - none */
  readonly signingKey?: ISigningKey;
  /** The API that MLflow's clients speak. @default - none */
  readonly mlflow?: IMlflowTracking;
}

/** Properties that both ways to a platform share. */
export interface PlatformOptions {
  /** 1 to 30 lower-case letters, digits and hyphens. @default `mlops-<stage>` */
  readonly platformName?: string;
  /** @default Stage.DEV */
  readonly stage?: Stage;
  /** Network of functions and jobs. @default - functions outside any VPC, jobs in SageMaker's own */
  readonly network?: NetworkConfig;
  /**
   * One role for all jobs and endpoints, as some companies hand out. It gets the permissions that `jobRole` of
   * TrainingPipeline and `servingRole` of ReleasePipeline name, except where it is imported from another account or with
   * `mutable: false`: then give it these yourself.
   * @default - each kind of job gets its own, least privileged
   */
  readonly jobRole?: IRole;
  /**
   * Versions are signed when they are registered, with a key of KMS that never leaves it, and a version whose signature
   * does not fit is not released. The key costs $1 a month, with which an idle platform costs $6.00. Say it also where a
   * platform is found by its name.
   * @default false
   */
  readonly signing?: boolean;
  /**
   * MLflow's API, without a server. Say what you choose also where a platform is found by its name.
   * @default - there is one, for callers that sign with IAM
   */
  readonly mlflow?: MlflowOptions;
}

/** Properties of an MlopsPlatform. */
export interface MlopsPlatformProps extends PlatformOptions {
  /** Artefacts and evidence. @default - a new store */
  readonly store?: IArtifactStore;
  /** Who gets alarms and notifications. @default - nobody; subscribe to `topic` */
  readonly notificationEmails?: string[];
  /** What becomes of stateful resources when the stack goes. @default - DESTROY in dev, RETAIN otherwise */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * What the models of a team share: artefact and evidence storage, the registry with its API and event bus, the ingestion
 * of datasets, alarms and a dashboard. Idle it costs at most $5 a month, without a key that signs.
 *
 * @example
 * const platform = new MlopsPlatform(this, 'Mlops', { stage: Stage.PROD });
 */
export class MlopsPlatform extends Construct implements IMlopsPlatform {
  /** Finds a deployed platform by its name: values are read at deploy, and nothing locks the two stacks together. */
  public static fromPlatformName(scope: Construct, id: string, options: PlatformOptions = {}): IMlopsPlatform {
    return new ImportedPlatform(scope, id, options);
  }

  public readonly platformName: string;
  public readonly stage: Stage;
  public readonly store: IArtifactStore;
  public readonly registry: IModelRegistry;
  public readonly topic: ITopic;
  public readonly network?: NetworkConfig;
  public readonly jobRole?: IRole;
  public readonly signingKey?: ISigningKey;
  /** Every change of the registry, so that tampering shows. */
  public readonly audit: AuditTrail;
  /** Makes dataset versions from uploads. */
  public readonly ingestion: DatasetIngestion;
  public readonly alarms: PlatformAlarms;
  public readonly dashboard: PlatformDashboard;
  /** The API that MLflow's clients speak. @default - there is one */
  public readonly mlflow?: IMlflowTracking;

  constructor(scope: Construct, id: string, props: MlopsPlatformProps = {}) {
    super(scope, id);
    this.stage = props.stage ?? Stage.DEV;
    this.platformName = checkName('The platform name', props.platformName ?? `mlops-${this.stage}`);
    this.network = props.network;
    this.jobRole = props.jobRole;
    const removalPolicy =
      props.removalPolicy ?? (this.stage === Stage.DEV ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN);
    this.store = props.store ?? new ArtifactStore(this, 'Store', { stage: this.stage, removalPolicy });
    if (props.signing) {
      const { encryptionKey } = this.store;
      this.signingKey = new SigningKey(this, 'Signing', { encryptionKey, removalPolicy, network: this.network });
    }
    const registry = new ModelRegistry(this, 'Registry', {
      stage: this.stage,
      encryptionKey: this.store.encryptionKey,
      uploadBucket: this.store.bucket,
      network: this.network,
      removalPolicy,
    });
    this.registry = registry;
    this.audit = new AuditTrail(this, 'Audit', {
      registry,
      store: this.store,
      signingKey: this.signingKey,
      stage: this.stage,
      network: this.network,
      removalPolicy,
    });
    const mlflow = this.tracking(props, registry);
    this.mlflow = mlflow;
    this.ingestion = new DatasetIngestion(this, 'Ingestion', {
      store: this.store,
      registry: this.registry,
      network: this.network,
    });
    this.topic = createNotificationTopic(this, 'Topic', this.store.encryptionKey);
    for (const email of props.notificationEmails ?? []) this.topic.addSubscription(new EmailSubscription(email));
    this.alarms = new PlatformAlarms(this, 'Alarms', {
      functions: [
        registry.apiFunction,
        registry.registerModelFunction,
        registry.publisher.publishFunction,
        this.ingestion.makeVersionFunction,
        ...(mlflow ? [mlflow.apiFunction] : []),
      ],
      awaitedFunctions: [registry.apiFunction, this.ingestion.makeVersionFunction],
      deadLetterQueues: [registry.publisher.deadLetterQueue, this.ingestion.deadLetterQueue],
      outOfBand: registry.metricOutOfBand(),
      action: new SnsAction(this.topic),
    });
    this.dashboard = new PlatformDashboard(this, 'Dashboard', { platformName: this.platformName });
    this.publishExports(registry, mlflow);
    Aspects.of(this).add(new ReviewedWildcards());
    Tags.of(this).add('cdk-mlops:platform', this.platformName);
  }

  private tracking({ mlflow }: MlopsPlatformProps, registry: ModelRegistry): MlflowTracking | undefined {
    if (mlflow?.enabled === false) return undefined;
    return new MlflowTracking(this, 'Mlflow', { ...mlflow, registry, store: this.store, network: this.network });
  }

  private publishExports(registry: ModelRegistry, mlflow: MlflowTracking | undefined): void {
    const values: Record<string, string> = {
      bucketName: this.store.bucket.bucketName,
      evidenceBucketName: this.store.evidenceBucket.bucketName,
      keyArn: this.store.encryptionKey.keyArn,
      tableName: registry.table.tableName,
      busName: registry.eventBus.eventBusName,
      apiId: registry.api.apiId,
      registerModelArn: registry.registerModelFunctionArn,
      topicArn: this.topic.topicArn,
      ...(mlflow ? { mlflowApiId: mlflow.api.apiId } : {}),
      ...(this.signingKey
        ? { signingKeyArn: this.signingKey.keyArn, signingPublicKey: this.signingKey.publicKey }
        : {}),
    };
    for (const [name, value] of Object.entries(values)) publish(this, this.platformName, name, value);
    const directory: PlatformDirectory = {
      platform: this.platformName,
      stage: this.stage,
      bucket: values.bucketName!,
      evidenceBucket: values.evidenceBucketName!,
      apiUrl: registry.apiUrl,
      ...(this.mlflow ? { mlflowUri: this.mlflow.trackingUri } : {}),
      busName: values.busName!,
      version: packageVersion(),
      ...(this.signingKey ? { signingKeyParameter: exportParameter(this.platformName, 'signingPublicKey') } : {}),
    };
    publishDirectory(this, platformParameter(this.platformName), directory);
  }
}

/** A platform that another stack made. */
class ImportedPlatform extends Construct implements IMlopsPlatform {
  public readonly platformName: string;
  public readonly stage: Stage;
  public readonly store: IArtifactStore;
  public readonly registry: IModelRegistry;
  public readonly topic: ITopic;
  public readonly network?: NetworkConfig;
  public readonly jobRole?: IRole;
  public readonly signingKey?: ISigningKey;
  public readonly mlflow?: IMlflowTracking;

  constructor(scope: Construct, id: string, options: PlatformOptions) {
    super(scope, id);
    this.stage = options.stage ?? Stage.DEV;
    this.platformName = checkName('The platform name', options.platformName ?? `mlops-${this.stage}`);
    this.network = options.network;
    this.jobRole = options.jobRole;
    const value = (name: string): string => lookUp(this, this.platformName, name);
    this.store = ArtifactStore.fromAttributes(this, 'Store', {
      stage: this.stage,
      bucketName: value('bucketName'),
      evidenceBucketName: value('evidenceBucketName'),
      encryptionKeyArn: value('keyArn'),
    });
    this.registry = ModelRegistry.fromAttributes(this, 'Registry', {
      tableName: value('tableName'),
      encryptionKey: this.store.encryptionKey,
      eventBusName: value('busName'),
      // Looked up where it is asked for only: CloudFormation warns of parameters that nothing uses.
      get apiId() {
        return value('apiId');
      },
      registerModelFunctionArn: value('registerModelArn'),
    });
    this.topic = Topic.fromTopicAttributes(this, 'Topic', { topicArn: value('topicArn'), keyArn: value('keyArn') });
    if (options.mlflow?.enabled ?? true) {
      const { store } = this;
      const { signIn, proxiedArtifacts = signIn !== undefined } = options.mlflow ?? {};
      this.mlflow = MlflowTracking.fromAttributes(this, 'Mlflow', {
        store,
        proxiedArtifacts,
        // Looked up where it is asked for only, as the registry's.
        get apiId() {
          return value('mlflowApiId');
        },
      });
    }
    if (options.signing) {
      this.signingKey = SigningKey.fromAttributes(value('signingKeyArn'), value('signingPublicKey'));
    }
    Stack.of(this).addMetadata('cdk-mlops:platform', this.platformName);
  }
}
