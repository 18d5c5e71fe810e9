import { resolve } from 'node:path';
import { Duration } from 'aws-cdk-lib';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';
import { jobEnvironment } from '../mlflow/mlflow-access';
import { vpcConfig } from '../platform/sagemaker-runtime';
import { ANSWER, input } from '../platform/state-machine/states';
import { jobTags } from './job-config';
import { grantJob } from './job-permissions';
import { JobStep } from './job-step';
import type { ModelImage } from './model-image';
import { packSource, pathInSource } from './source-archive';
import type { ITrainer, TrainerBindOptions, TrainerConfig } from './trainer-interface';

/** What training jobs of every kind can be given. */
export interface TrainingJobOptions {
  /** @default 'ml.m5.large' */
  readonly instanceType?: string;
  /** @default 1 */
  readonly instanceCount?: number;
  /** Gigabytes of the training volume. @default 10 */
  readonly volumeGb?: number;
  /** After this the job is stopped and the run ends as STOPPED. @default 1 hour */
  readonly maxRuntime?: Duration;
  /** Train on spot instances, with checkpoints below the run's prefix from which an interrupted job goes on. @default false */
  readonly spot?: boolean;
  /** Hyperparameters; a run's parameters override them. @default - the script's own defaults */
  readonly hyperparameters?: { [name: string]: string };
  /** The most that a run may cost by projection, USD. @default - the pipeline's */
  readonly maxCostUsd?: number;
  /** Keeps the training container from every network. @default true, false with `mlflow` */
  readonly networkIsolation?: boolean;
}

/** Properties of a training job that runs a script. */
export interface SageMakerTrainerProps extends TrainingJobOptions {
  /**
   * Folder of the source code. The training script writes to `SM_MODEL_DIR` what the serving script needs: the model,
   * the fitted preprocessing (channel `preprocessing`), and itself below `code/`.
   */
  readonly source: string;
  /** Container that trains and serves. */
  readonly image: ModelImage;
  /** @default 'train.py' */
  readonly entry?: string;
  /** Entry point of the serving, which the training script copies to `code/`. @default 'inference.py' */
  readonly servingEntry?: string;
  /**
   * Lets the script log to MLflow with nothing but `import mlflow`: the job's environment names the platform's API and a
   * run there that has the id of the pipeline's run, and its role may write to it. That takes a network: the container is
   * not isolated. @default false
   */
  readonly mlflow?: boolean;
}

/** Properties of XGBoost's built-in algorithm. */
export interface XgboostAlgorithmProps extends TrainingJobOptions {
  /** XGBoost's container. */
  readonly image: ModelImage;
}

/** Trains by a SageMaker training job, in script mode or by a built-in algorithm. */
export class SageMakerTrainer implements ITrainer {
  constructor(private readonly props: XgboostAlgorithmProps & Partial<SageMakerTrainerProps>) {}

  public bind(scope: Construct, options: TrainerBindOptions): TrainerConfig {
    const { props } = this;
    this.checkTracking(options);
    const maxRuntime = props.maxRuntime ?? Duration.hours(1);
    const image = props.image.bind(scope);
    const step = new JobStep(scope, {
      name: 'Train',
      step: 'Train',
      kind: 'training',
      jobName: input('names.train'),
      request: this.request(options, maxRuntime),
      // Waiting for spot capacity counts as well.
      maxRuntime: props.spot ? Duration.seconds(maxRuntime.toSeconds() * 2) : maxRuntime,
      recordJob: options.recordJob,
      adds: `{ 'trained': { 'archiveUri': ${ANSWER}.archiveUri } }`,
    });
    grantJob(scope, options.executionRole, { kind: 'training', model: options.model, jobRole: options.jobRole });
    if (props.mlflow) options.mlflow!.grantTrack(options.jobRole, options.model);
    return {
      chain: step,
      logsToMlflow: props.mlflow,
      servingImage: image,
      trainingImage: image,
      ...this.scripts(scope, options),
      header: props.source !== undefined,
      hyperparameters: props.hyperparameters,
      maxCostUsd: props.maxCostUsd,
      instances: {
        instanceType: props.instanceType ?? 'ml.m5.large',
        instanceCount: props.instanceCount,
        volumeGb: props.volumeGb,
        maxRuntimeSeconds: maxRuntime.toSeconds(),
        spot: props.spot,
      },
    };
  }

  private checkTracking({ mlflow, model }: TrainerBindOptions): void {
    if (!this.props.mlflow) return;
    if (!mlflow)
      throw new Error(`The trainer of the model '${model}' logs to MLflow, which its platform does not have.`);
    if (!this.props.networkIsolation) return;
    throw new Error(
      `The trainer of the model '${model}' logs to MLflow, which an isolated container can't reach: leave networkIsolation out.`,
    );
  }

  private scripts(scope: Construct, { preprocessingEntry }: TrainerBindOptions): Partial<TrainerConfig> {
    const { source, entry = 'train.py', servingEntry = 'inference.py' } = this.props;
    if (source === undefined) return {};
    const preparation = preprocessingEntry === undefined ? [] : [pathInSource(source, preprocessingEntry)];
    const packed = packSource(resolve(source), [entry, servingEntry, ...preparation]);
    const asset = new Asset(scope, 'Source', { path: packed.path, assetHash: packed.sha256 });
    return {
      source: { bucketName: asset.s3BucketName, objectKey: asset.s3ObjectKey },
      trainingEntry: entry,
      servingEntry,
      preprocessingEntry: preparation[0],
    };
  }

  private request(options: TrainerBindOptions, maxRuntime: Duration): { [key: string]: unknown } {
    const { props } = this;
    const seconds = maxRuntime.toSeconds();
    const csv = { ContentType: 'text/csv' };
    return {
      TrainingJobName: input('names.train'),
      RoleArn: options.jobRole.roleArn,
      AlgorithmSpecification: { TrainingImage: input('images.training'), TrainingInputMode: 'File' },
      HyperParameters: input('hyperparameters'),
      ...(props.mlflow ? { Environment: jobEnvironment(options.mlflow!, options.model, input('runId')) } : {}),
      InputDataConfig: [
        channel('train', input('uris.train'), csv),
        channel('validation', input('uris.validation'), csv),
        ...(props.source === undefined
          ? []
          : [channel('preprocessing', input('uris.preprocessing')), channel('code', input('uris.source'))]),
      ],
      OutputDataConfig: { S3OutputPath: input('uris.trainOutput'), KmsKeyId: options.encryptionKey.keyArn },
      ResourceConfig: {
        InstanceType: props.instanceType ?? 'ml.m5.large',
        InstanceCount: props.instanceCount ?? 1,
        VolumeSizeInGB: props.volumeGb ?? 10,
        VolumeKmsKeyId: options.encryptionKey.keyArn,
      },
      StoppingCondition: {
        MaxRuntimeInSeconds: seconds,
        ...(props.spot ? { MaxWaitTimeInSeconds: seconds * 2 } : {}),
      },
      ...(props.spot
        ? { EnableManagedSpotTraining: true, CheckpointConfig: { S3Uri: input('uris.checkpoints') } }
        : {}),
      EnableNetworkIsolation: props.networkIsolation ?? !props.mlflow,
      EnableInterContainerTrafficEncryption: true,
      ...(options.network ? { VpcConfig: vpcConfig(options.network) } : {}),
      Tags: jobTags(options.model),
    };
  }
}

function channel(name: string, uri: string, more: { [key: string]: unknown } = {}): { [key: string]: unknown } {
  return {
    ChannelName: name,
    DataSource: {
      S3DataSource: { S3DataType: 'S3Prefix', S3Uri: uri, S3DataDistributionType: 'FullyReplicated' },
    },
    ...more,
  };
}
