/** MLflow's experiments and runs as documents: what its API keeps, and what a pipeline's run opens before its job logs. */
import type { Draft } from './documents';
import { experimentKey, experimentNameKey, inverse, MLFLOW_LIST, mlflowRunKey } from './mlflow-keys';

export interface Experiment {
  readonly experiment_id: string;
  readonly name: string;
  readonly artifact_location: string;
  readonly lifecycle_stage: 'active' | 'deleted';
  readonly creation_time: number;
  readonly last_update_time: number;
  readonly tags: Readonly<Record<string, string>>;
  /** Since when its runs are shown as active again, whatever they were before. */
  readonly restored_at?: number;
}

export type RunStatus = 'RUNNING' | 'SCHEDULED' | 'FINISHED' | 'FAILED' | 'KILLED';

export interface DatasetInput {
  readonly dataset: Readonly<
    Record<'name' | 'digest' | 'source_type' | 'source' | 'schema' | 'profile', string | undefined>
  >;
  readonly tags: readonly { readonly key: string; readonly value: string }[];
}

/** The latest point of a metric, as a run shows it. */
export interface Latest {
  /** A number, or text for what JSON's numbers can't say. */
  readonly value: number | 'NaN';
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly step: number;
  readonly model_id?: string;
  readonly dataset_name?: string;
  readonly dataset_digest?: string;
}

export interface Run {
  readonly run_id: string;
  readonly experiment_id: string;
  readonly run_name: string;
  readonly user_id?: string;
  readonly status: RunStatus;
  readonly start_time: number;
  readonly end_time?: number;
  readonly artifact_uri: string;
  /** Absent while it is active. */
  readonly deleted_at?: number;
  readonly params: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly metrics: Readonly<Record<string, Latest>>;
  readonly datasets: readonly DatasetInput[];
  readonly model_inputs: readonly string[];
  readonly model_outputs: readonly { readonly model_id: string; readonly step: number }[];
  /** It is the run of a training pipeline of this id. */
  readonly pipeline?: boolean;
}

export const experimentDraft = (value: Experiment, revision: number): Draft<Experiment> => ({
  key: experimentKey(value.experiment_id),
  value,
  revision,
  lists: { GSI1: [MLFLOW_LIST.experiments, `${inverse(value.creation_time)}#${value.experiment_id}`] },
});

/** Who holds a name. */
export const nameDraft = ({ experiment_id, name }: Experiment, revision: number): Draft => ({
  key: experimentNameKey(name),
  value: { experiment_id },
  revision,
});

export const runDraft = (value: Run, revision: number): Draft<Run> => ({
  key: mlflowRunKey(value.run_id),
  value,
  revision,
  lists: { GSI1: [MLFLOW_LIST.runsOf(value.experiment_id), `${inverse(value.start_time)}#${value.run_id}`] },
});

/** An id whose digits tell the time, so that it is unique, a whole number, and of at most 18 digits. */
export const newExperimentId = (now: number): string =>
  `${now}${String(Math.floor(Math.random() * 100_000)).padStart(5, '0')}`;

export const RUN_NAME_TAG = 'mlflow.runName';
/** Tags by which MLflow's records name ours; who wrote a pipeline's run last is the verified identity. */
export const OUR_TAG = {
  run: 'mlops.run',
  model: 'mlops.model',
  version: 'mlops.version',
  lastWriter: 'mlops.lastWriter',
};
