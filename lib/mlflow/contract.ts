/** What the constructs of MLflow's API and its handlers agree on. */

/** Environment of the handlers. */
export const MLFLOW_ENV = {
  /** Bucket of artefacts and of documents that don't fit into the table. */
  bucket: 'MLFLOW_BUCKET',
  /** `s3` or `proxied`: the root that the artefacts of an experiment get. */
  artifacts: 'MLFLOW_ARTIFACT_ROOT_KIND',
} as const;

/** Prefixes of the bucket. */
export const MLFLOW_PREFIX = { artifacts: 'mlflow/artifacts/', documents: 'mlflow/documents/' } as const;

/** The experiment of a model's pipeline. */
export const experimentOf = (model: string): string => `mlops/${model}`;
/** The folder of its artefacts; those of other experiments are called by their ids, which are numbers. */
export const pipelineFolder = (model: string): string => `pipeline-${model}`;
