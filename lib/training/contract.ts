/**
 * What the training pipeline's state machine and handlers agree on. Each step's input is a part of one RunContext; big
 * values travel as S3 URIs. PlanRun computes every name and URI, so that the definition only refers to them.
 */
import type { DataSchema, ValidateDataOutput } from '../data/contract';

export const TRAINING_ENV = {
  spec: 'TRAINING_SPEC',
  stateMachineArn: 'TRAINING_STATE_MACHINE_ARN',
  model: 'MLOPS_MODEL',
} as const;

/** The steps in order; a resumed run goes on at the first one without a recorded success. */
export const RUN_STEPS = [
  'PlanRun',
  'ValidateData',
  'Preprocess',
  'Train',
  'SealModel',
  'Transform',
  'TransformChampion',
  'Evaluate',
  'Register',
] as const;
export type RunStep = (typeof RUN_STEPS)[number];

/** What one model's pipeline is configured with at deploy; PlanRun reads it from its environment. */
export interface TrainingSpec {
  readonly model: string;
  readonly dataset: string;
  readonly schema: DataSchema;
  readonly stage: 'dev' | 'test' | 'prod';
  /** Share of rows held out, 0 to 1, and the seed of the split. */
  readonly testShare: number;
  readonly seed: number;
  /** The stack's own source archive, an asset. */
  readonly source?: { readonly bucket: string; readonly key: string };
  /** Entry points inside the source archive. */
  readonly trainingEntry?: string;
  readonly servingEntry?: string;
  readonly preprocessingEntry?: string;
  /** Our split script, an asset. */
  readonly splitScript: { readonly bucket: string; readonly key: string };
  /** Image URIs by tag; PlanRun pins them by digest. */
  readonly images: { readonly processing: string; readonly training: string; readonly serving: string };
  readonly hyperparameters: Readonly<Record<string, string>>;
  readonly jobs: {
    readonly processing: JobShape;
    readonly training: JobShape;
    readonly transform: JobShape;
  };
  readonly maxCostUsd: number;
  /** Overrides of the price table, USD an hour by instance type. */
  readonly prices?: Readonly<Record<string, number>>;
  /** Content type of inference requests. */
  readonly contentType: string;
}

export interface JobShape {
  readonly instanceType: string;
  readonly instanceCount: number;
  readonly volumeGb: number;
  readonly maxRuntimeSeconds: number;
  readonly spot?: boolean;
}

/** Input of an execution; all else is read from the registry. */
export interface RunInput {
  readonly runId: string;
  readonly attempt: number;
}

/** The context that grows from state to state. */
export interface RunContext extends RunInput {
  readonly model: string;
  readonly resumeAt: RunStep;
  readonly data: {
    readonly dataset: string;
    readonly version: number;
    readonly contentDigest: string;
    readonly bucket: string;
    readonly prefixUri: string;
    readonly objects: readonly {
      readonly key: string;
      readonly versionId: string;
      readonly name: string;
      readonly sha256: string;
    }[];
  };
  readonly schema: DataSchema;
  readonly images: { readonly processing: string; readonly training: string; readonly serving: string };
  /** Names of jobs and models, unique by run, step and attempt. */
  readonly names: {
    readonly preprocess: string;
    readonly train: string;
    readonly model: string;
    readonly transform: string;
    readonly championModel: string;
    readonly championTransform: string;
  };
  readonly uris: {
    /** Prefix that holds only `sourcedir.tar.gz`. */
    readonly source: string;
    /** Prefix that holds only our split script. */
    readonly split: string;
    readonly train: string;
    readonly validation: string;
    readonly test: string;
    readonly preprocessing: string;
    readonly trainOutput: string;
    readonly checkpoints: string;
    readonly transform: string;
    readonly championTransform: string;
  };
  readonly hyperparameters: Readonly<Record<string, string>>;
  /** Environment of the processing job, and of the model's container. */
  readonly processingEnvironment: Readonly<Record<string, string>>;
  readonly servingEnvironment: Readonly<Record<string, string>>;
  /** The champion to beat, when there is one. */
  readonly champion?: {
    readonly version: number;
    readonly archiveUri: string;
    readonly image: string;
    readonly environment: Readonly<Record<string, string>>;
  };
  readonly validation?: ValidateDataOutput;
  /** Archive as the trainer left it: from the training job, or from a trainer of the user's. */
  readonly trained?: { readonly archiveUri: string };
  /** Sealed by content. */
  readonly archive?: { readonly uri: string; readonly sha256: string; readonly size: number };
  readonly evaluation?: {
    readonly uri: string;
    readonly sha256: string;
    readonly metrics: Readonly<Record<string, number>>;
  };
  readonly version?: number;
}

/** What a trainer of the user's answers: the archive that it wrote below the run's prefix. */
export interface TrainerOutput {
  readonly archiveUri: string;
}

/** Input of RecordJob: which job to read back and record. */
export interface RecordJobInput {
  readonly runId: string;
  readonly attempt: number;
  readonly step: RunStep;
  readonly kind: 'processing' | 'training' | 'transform';
  readonly jobName: string;
}
/** `InProgress` sends the machine round a wait. A job that failed or was stopped throws JobFailed or JobStopped. */
export interface RecordJobOutput {
  readonly status: 'InProgress' | 'Completed';
  readonly archiveUri?: string;
}

/** Errors by which a state machine tells the named final states apart. */
export const RUN_ERROR = {
  rejected: 'RunRejected',
  stopped: 'RunStopped',
  failed: 'RunFailed',
  jobFailed: 'JobFailed',
  jobStopped: 'JobStopped',
} as const;

export interface CloseRunInput extends RunInput {
  readonly status: 'SUCCEEDED' | 'REJECTED' | 'FAILED' | 'STOPPED';
  readonly error?: string;
  readonly cause?: string;
}
