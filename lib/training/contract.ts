/**
 * What the training pipeline's state machine and handlers agree on. Each step's input is a part of one RunContext; big
 * values travel as S3 URIs. PlanRun computes every name and URI, so that the definition only refers to them. Above 300
 * lines because the steps' types are parts of one another.
 */
import type { DataSchema, PrivacySpec, RecordedObject, ValidateDataOutput } from '../data/contract';
import type { MeasuresSpec } from '../governance/contract';
import type { SourceRecord } from '../registry/contract';

export const TRAINING_ENV = {
  dataset: 'TRAINING_DATASET',
  stateMachineArn: 'TRAINING_STATE_MACHINE_ARN',
  model: 'MLOPS_MODEL',
} as const;

/**
 * The steps in order; a resumed run goes on at the first one without a recorded success. A replay compares in place of
 * registering.
 */
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
  'CompareReplay',
] as const;
export type RunStep = (typeof RUN_STEPS)[number];

/**
 * What one model's pipeline is configured with at deploy. The definition hands it to PlanRun: a function's environment
 * (4 KB) would be too small for the schema of a wide table.
 */
export interface TrainingSpec {
  readonly model: string;
  readonly dataset: string;
  readonly schema: DataSchema;
  /** How personal data is treated. @default - it is recorded */
  readonly privacy?: PrivacySpec;
  readonly stage: 'dev' | 'test' | 'prod';
  /** Shares of rows, 0 to 1: held out of all rows, and set apart of the rest for validation; the seed of both. */
  readonly testShare: number;
  readonly validationShare: number;
  readonly seed: number;
  /** Whether train and validation rows carry a header where no user's preparation writes them. */
  readonly header: boolean;
  /** The stack's own source archive, an asset. */
  readonly source?: { readonly bucket: string; readonly key: string };
  /** Entry points inside the source archive. */
  readonly trainingEntry?: string;
  readonly servingEntry?: string;
  readonly preprocessingEntry?: string;
  /** Our split script, an asset. */
  readonly splitScript: { readonly bucket: string; readonly key: string };
  /** Image URIs by tag; PlanRun pins them by digest. */
  readonly images: RunImages;
  readonly hyperparameters: Readonly<Record<string, string>>;
  /** Environment of the serving container; PlanRun adds what script mode needs where there is a servingEntry. */
  readonly servingEnvironment: Readonly<Record<string, string>>;
  /** `training` is absent where a trainer of the user's runs elsewhere and bills elsewhere. */
  readonly jobs: {
    readonly processing: JobShape;
    readonly training?: JobShape;
    readonly transform: JobShape;
  };
  readonly maxCostUsd: number;
  /** Overrides of the price table, USD an hour by instance type. */
  readonly prices?: Readonly<Record<string, number>>;
  /** Content type of inference requests. */
  readonly contentType: string;
  /** What the evaluation measures beyond the metrics, because policies judge by it. */
  readonly measures?: MeasuresSpec;
  /** By how many rows the model is explained; absent where it is not. */
  readonly explain?: ExplainSpec;
  /** Where MLflow keeps the runs of a trainer that logs to it: name and artefacts of the experiment. */
  readonly mlflow?: { readonly experiment: string; readonly artifactLocation: string };
}

/** How many held-out rows are explained, by how many walks each, and the most rows that the model is asked about for it. */
export interface ExplainSpec {
  readonly rows: number;
  readonly permutations: number;
  readonly maxPredictions: number;
  readonly seed: number;
}

/** Image URIs; `training` is absent where a trainer of the user's runs elsewhere. */
export interface RunImages {
  readonly processing: string;
  readonly training?: string;
  readonly serving: string;
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
    readonly objects: readonly RecordedObject[];
  };
  readonly schema: DataSchema;
  /** How personal data is treated. @default - it is recorded */
  readonly privacy?: PrivacySpec;
  readonly images: RunImages;
  /** The source, by digest; absent where the trainer has none. */
  readonly source?: SourceRecord;
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
    /** Prefix that holds only our split script, and prefix that holds only its `config.json`. */
    readonly split: string;
    readonly config: string;
    readonly train: string;
    readonly validation: string;
    readonly test: string;
    /** Prefix of `split.json`: columns, row counts and digest of the test rows. */
    readonly meta: string;
    readonly preprocessing: string;
    readonly trainOutput: string;
    readonly checkpoints: string;
    readonly transform: string;
    readonly championTransform: string;
  };
  readonly hyperparameters: Readonly<Record<string, string>>;
  /** Environment of the model's container. */
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
  readonly archive?: {
    readonly uri: string;
    readonly sha256: string;
    readonly size: number;
    /** What it holds, in the evidence bucket. */
    readonly report?: { readonly uri: string; readonly sha256: string };
  };
  readonly evaluation?: EvaluateOutput;
  readonly version?: number;
  /** The run that this one repeats, where it is a replay: it registers nothing. */
  readonly replayOf?: string;
  /** How a replay came out. */
  readonly replay?: ReplayVerdict;
  /** Content type of inference requests. */
  readonly contentType: string;
  /** What the evaluation measures beyond the metrics. */
  readonly measures?: MeasuresSpec;
  /** The run of MLflow's to which the training script logs; it has the id of this one. */
  readonly mlflow?: { readonly experiment: string; readonly experimentId: string; readonly runId: string };
  /** What the last job's record answered. */
  readonly job?: RecordJobOutput;
  /** Error of the state that failed last. */
  readonly failure?: StateError;
}

/** What Evaluate found. */
export interface EvaluateOutput {
  /** The evaluation, in the evidence bucket. */
  readonly uri: string;
  readonly sha256: string;
  /** Metrics over the held-out rows, by the names that policies use. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Metrics of the champion over the same rows. */
  readonly championMetrics?: Readonly<Record<string, number>>;
  /** Hexadecimal SHA-256 of the held-out rows. */
  readonly testDataDigest: string;
  /** The held-out rows with the predictions, as the transform wrote them. */
  readonly predictions: { readonly uri: string; readonly sha256: string };
}

/** What a run keeps as its plan. */
export interface RunPlan {
  readonly context: RunContext;
  /** What the split script reads, and the digest of the script itself. */
  readonly split: SplitConfig;
  readonly splitSha256: string;
  /** The most that the run can cost, and the cap that it was held against, USD. */
  readonly cost: { readonly usd: number; readonly capUsd: number };
  /** Overrides of the price table, USD an hour by instance type. */
  readonly prices?: Readonly<Record<string, number>>;
  /** On what its jobs ran. */
  readonly jobs?: TrainingSpec['jobs'];
}

/** How a replay came out. */
export interface ReplayVerdict {
  readonly verdict: 'equal' | 'equivalent' | 'different';
  /** Why, in a sentence for people. */
  readonly sentence: string;
  /** What differs, each in words. */
  readonly differences: readonly string[];
  /** The most by which a metric may differ. */
  readonly tolerance: number;
  /** By metric: original, replay, and by how much they differ. */
  readonly metrics: Readonly<
    Record<string, { readonly original?: number; readonly replay?: number; readonly by?: number }>
  >;
}

/** `$states.errorOutput`. */
export interface StateError {
  readonly Error?: string;
  readonly Cause?: string;
}

/** A processing, training or transform job to read back, or a model whose creation met an error. */
export type JobKind = 'processing' | 'training' | 'transform' | 'model';

/** A part of the RunContext that a step hands on; recorded with the step, so that a resumed run finds it. */
export type StepOutput = { readonly [K in keyof RunContext]?: Partial<RunContext[K]> };

/** What a trainer of the user's answers: the archive that it wrote below the run's prefix. */
export interface TrainerOutput {
  readonly archiveUri: string;
}

/** Input of PlanRun. */
export interface PlanRunInput extends RunInput {
  readonly executionArn: string;
  readonly spec: TrainingSpec;
}

/** Input of SealModel. */
export interface SealModelInput extends RunInput {
  readonly trained: TrainerOutput;
}

/** Input of RecordJob: which job to read back and record. */
export interface RecordJobInput {
  readonly runId: string;
  readonly attempt: number;
  readonly step: RunStep;
  readonly kind: JobKind;
  readonly jobName: string;
  /** What the step hands on when its job is Completed. */
  readonly handsOn?: StepOutput;
  /** The error with which the task that started the job ended, where it did. */
  readonly failure?: StateError;
}
/** `InProgress` sends the machine round a wait. A job that failed or was stopped throws JobFailed or JobStopped. */
export interface RecordJobOutput {
  readonly status: 'InProgress' | 'Completed';
  readonly archiveUri?: string;
}

/** Input of RecordValidation: a validator of the user's records nothing itself. */
export interface RecordValidationInput extends RunInput {
  readonly validation: ValidateDataOutput;
}

/** `config.json`, as the split script reads it. */
export interface SplitConfig {
  readonly schema: DataSchema;
  readonly testShare: number;
  readonly validationShare: number;
  readonly seed: number;
  readonly header: boolean;
  /** The user's script inside the source. */
  readonly entry?: string;
  /** What the data input holds, by path and hexadecimal SHA-256, as the run was planned; not checked when absent. */
  readonly files?: readonly { readonly name: string; readonly sha256: string }[];
  /** What becomes of columns before anybody's code sees a row. */
  readonly privacy?: PrivacySpec['columns'];
  readonly explain?: ExplainSpec;
}

/** `split.json`, as the split script writes it. */
export interface SplitInfo {
  /** Columns of the test rows: the label, then the features. */
  readonly columns: readonly string[];
  readonly rows: { readonly train: number; readonly validation: number; readonly test: number };
  /** Hexadecimal SHA-256 of `test.csv`. */
  readonly testSha256: string;
  /** Hexadecimal SHA-256 of `facets.csv` beside this file: by what the people of the test rows are grouped, in their order. @default - the schema has no facets */
  readonly facetsSha256?: string;
  /** Columns that were dropped, and those that were hashed. @default - there was no rule */
  readonly privacy?: { readonly dropped: readonly string[]; readonly hashed: readonly string[] };
  /** What the rows of `explain.csv` are, beside the test rows; or why there are none. @default - nothing is explained */
  readonly explain?: WalksInfo | { readonly reason: string };
}

/** Rows between held-out rows and training rows, by which the model is explained: those of one walk after the other. */
export interface WalksInfo {
  /** Hexadecimal SHA-256 of `explain.csv`: a running number, then the features in order. */
  readonly sha256: string;
  /** The places of test row and training row among theirs, and the order in which features are replaced, there and back. */
  readonly walks: readonly { readonly row: number; readonly background: number; readonly order: readonly number[] }[];
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
  readonly metrics?: Readonly<Record<string, number>>;
  readonly version?: number;
}

export interface CloseRunOutput {
  readonly status: CloseRunInput['status'];
  /** Why, in a sentence; empty when SUCCEEDED. */
  readonly reason: string;
}

/** Namespace of the metrics that handlers of training write. */
export const TRAINING_METRICS = 'CdkMlops/Training';
/** Number of runs that the sweeper found open with nothing working on them; dimension Model. */
export const RUNS_STUCK_METRIC = 'RunsStuck';
