import { MLFLOW_ENV, MLFLOW_PREFIX } from '../../lib/mlflow/contract';
import { openDocuments } from '../registry/store/open-documents';
import { requireEnv } from '../shared/environment';
import { type ApiAnswer, type ApiEvent, answer } from './api';
import { artifactBucket } from './s3-artifacts.client';

const bucket = requireEnv(MLFLOW_ENV.bucket);
const artifacts = artifactBucket(bucket);
const store = openDocuments(artifacts);
const proxied = process.env[MLFLOW_ENV.artifacts] === 'proxied';
const artifactRoot = proxied ? 'mlflow-artifacts:' : `s3://${bucket}/${MLFLOW_PREFIX.artifacts.slice(0, -1)}`;

/** The door of MLflow's clients. */
export const handler = (event: ApiEvent): Promise<ApiAnswer> => answer(event, { store, artifacts, artifactRoot });
