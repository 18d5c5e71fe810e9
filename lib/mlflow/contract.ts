/** What the construct of MLflow's API and its handler agree on. */

/** Environment of the handler. */
export const MLFLOW_ENV = {
  /** Bucket of artefacts and of documents that don't fit into the table. */
  bucket: 'MLFLOW_BUCKET',
  /** `s3` or `proxied`: the root that the artefacts of an experiment get. */
  artifacts: 'MLFLOW_ARTIFACT_ROOT_KIND',
} as const;

/** Prefixes of the bucket. */
export const MLFLOW_PREFIX = { artifacts: 'mlflow/artifacts/', documents: 'mlflow/documents/' } as const;
