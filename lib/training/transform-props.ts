import type { Duration } from 'aws-cdk-lib';

/** Instances of the batch transform that predicts the held-out rows. */
export interface TransformProps {
  /** @default 'ml.m5.large' */
  readonly instanceType?: string;
  /** @default 1 */
  readonly instanceCount?: number;
  /** After this the state gives up waiting and stops the job. @default 1 hour */
  readonly maxRuntime?: Duration;
}
