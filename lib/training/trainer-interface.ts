import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IChainable } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { IArtifactStore } from '../artifacts/artifact-store';
import type { IMlflowTracking } from '../mlflow/mlflow-access';
import type { NetworkConfig } from '../platform/network';
import type { Stage } from '../platform/stage';
import type { IModelImageConfig } from './model-image';

/** What a pipeline gives a trainer to bind with. */
export interface TrainerBindOptions {
  /** Name of the model. */
  readonly model: string;
  readonly stage: Stage;
  readonly store: IArtifactStore;
  /** Role of training jobs, fixed in the definition. */
  readonly jobRole: IRole;
  /** Role of the state machine: grant it what the trainer's states call. */
  readonly executionRole: IRole;
  /** The function that reads a job back and records it. */
  readonly recordJob: IFunction;
  /** @default - SageMaker's own network */
  readonly network?: NetworkConfig;
  /** Encrypts volumes and outputs of jobs. */
  readonly encryptionKey: IKey;
  /** The API to which training scripts may log. @default - there is none */
  readonly mlflow?: IMlflowTracking;
  /** The preprocessing script that the source must hold: its path inside the source, or on this machine. @default - none */
  readonly preprocessingEntry?: string;
}

/** Type and limits of the instances of a job. */
export interface JobInstances {
  /** For example `ml.m5.large`; it must be in the price table. */
  readonly instanceType: string;
  /** @default 1 */
  readonly instanceCount?: number;
  /** Gigabytes. @default 10 */
  readonly volumeGb?: number;
  /** Seconds until the job is stopped. */
  readonly maxRuntimeSeconds: number;
  /** Whether it runs on spot instances. @default false */
  readonly spot?: boolean;
}

/** Where an archive of source code lies. */
export interface SourceLocation {
  readonly bucketName: string;
  readonly objectKey: string;
}

/** What a trainer gives a pipeline. */
export interface TrainerConfig {
  /**
   * States of the step Train, in JSONata. They take the run's context and hand it on with
   * `trained: { archiveUri }` added: `$merge([$states.input, { 'trained': … }])`. The archive is a `model.tar.gz`
   * below the run's prefix. The pipeline adds the routes by which a failed run is closed.
   */
  readonly chain: IChainable;
  /** The container that serves the model, also in the batch transform. */
  readonly servingImage: IModelImageConfig;
  /** @default - none beside what script mode needs */
  readonly servingEnvironment?: { [name: string]: string };
  /** The training container; pinned by digest when a run is planned. @default - none of ours */
  readonly trainingImage?: IModelImageConfig;
  /** The training job's instances, from which its cost is projected. @default - no cost on this account */
  readonly instances?: JobInstances;
  /** Archive of source code, an asset. @default - no source */
  readonly source?: SourceLocation;
  /** Entry point of the training inside the source. @default - no script mode */
  readonly trainingEntry?: string;
  /** Entry point of the serving, below `code/` in the model's archive. @default - the image's own server */
  readonly servingEntry?: string;
  /** Path inside the source of the preprocessing script that was asked for. @default - none */
  readonly preprocessingEntry?: string;
  /** @default - none */
  readonly hyperparameters?: { [name: string]: string };
  /** Whether its script logs to MLflow, for which PlanRun opens the run. @default false */
  readonly logsToMlflow?: boolean;
  /** Whether train and validation files carry a header where no preprocessing script writes them. @default true */
  readonly header?: boolean;
  /** The most that a run may cost by projection, USD. @default - the pipeline's */
  readonly maxCostUsd?: number;
}

/** Trains a model: a SageMaker job, or any worker that writes an archive below the run's prefix. */
export interface ITrainer {
  /** Called once by each pipeline that trains with it. */
  bind(scope: Construct, options: TrainerBindOptions): TrainerConfig;
}
