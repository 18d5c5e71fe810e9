import { Stack } from 'aws-cdk-lib';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import type { IArtifactStore } from '../artifacts/artifact-store';
import { experimentOf, MLFLOW_PREFIX, pipelineFolder } from './contract';

/** The API that MLflow's clients speak: made by MlflowTracking, or found from another stack. */
export interface IMlflowTracking extends IConstruct {
  /** For `MLFLOW_TRACKING_URI`, with `MLFLOW_TRACKING_AWS_SIGV4=true`. */
  readonly trackingUri: string;
  /** Whether clients get and put artefacts by URLs of the API, and need no permission on the bucket. */
  readonly proxiedArtifacts: boolean;
  /** Lets people and machines that sign with IAM use all of it, and with artefacts at `s3://` read and write those. */
  grantUse(grantee: IGrantable): Grant;
  /** Lets people look at all of it, artefacts too, and change nothing. */
  grantRead(grantee: IGrantable): Grant;
  /**
   * Lets training jobs of a model log to runs, and keep artefacts in the folder of its pipeline; nothing of MLflow's model
   * registry.
   */
  grantTrack(grantee: IGrantable, model: string): Grant;
}

/** What an imported MlflowTracking is known by. */
export interface MlflowTrackingAttributes {
  readonly apiId: string;
  readonly store: IArtifactStore;
  /** @default false */
  readonly proxiedArtifacts?: boolean;
}

/** Where PlanRun opens a pipeline's runs, before their jobs log. @internal */
export function pipelineExperiment(
  { bucket }: IArtifactStore,
  { proxiedArtifacts }: IMlflowTracking,
  model: string,
): { readonly experiment: string; readonly artifactLocation: string } {
  const root = proxiedArtifacts
    ? 'mlflow-artifacts:'
    : `s3://${bucket.bucketName}/${MLFLOW_PREFIX.artifacts.slice(0, -1)}`;
  return { experiment: experimentOf(model), artifactLocation: `${root}/${pipelineFolder(model)}` };
}

/** What a training job finds in its environment: no secret, since it signs as its role. @internal */
export const jobEnvironment = (
  mlflow: IMlflowTracking,
  model: string,
  runId: string,
): { readonly [name: string]: string } => ({
  MLFLOW_TRACKING_URI: mlflow.trackingUri,
  MLFLOW_TRACKING_AWS_SIGV4: 'true',
  MLFLOW_RUN_ID: runId,
  MLFLOW_EXPERIMENT_NAME: experimentOf(model),
  AWS_DEFAULT_REGION: Stack.of(mlflow).region,
});
