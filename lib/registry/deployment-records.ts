/** What served when. Types only. */

/** A span of time in which one thing served; `endedAt` is absent while it serves. */
export interface DeploymentRecord {
  readonly model: string;
  /** Absent out of band, where what was found is no version of the model. */
  readonly version?: number;
  /** The release that deployed it; absent out of band. */
  readonly releaseId?: string;
  readonly endpointName: string;
  /** Absent where the endpoint was gone. */
  readonly endpointConfigName?: string;
  readonly startedAt: string;
  readonly endedAt?: string;
  /** Present where something else served than was released, and no release made it so. */
  readonly outOfBand?: OutOfBand;
}

/** What was found at an endpoint in place of what was released there. */
export interface OutOfBand {
  /** What was released, and should have served. */
  readonly insteadOf: ReleasedServing;
  readonly found: FoundServing;
  /** What differs, each in a sentence with both values. */
  readonly differences: readonly string[];
}

export interface ReleasedServing {
  readonly version: number;
  readonly releaseId: string;
  readonly endpointConfigName: string;
}

/** What SageMaker says that an endpoint serves. */
export interface FoundServing {
  /** As SageMaker has it; `Deleted` where there is no such endpoint, or it is on its way out. */
  readonly status: string;
  readonly endpointConfigName?: string;
  readonly variants: readonly FoundVariant[];
}

export interface FoundVariant {
  readonly name: string;
  /** Of the requests, 0 to 1. */
  readonly share: number;
  /** Name of SageMaker's model. */
  readonly model?: string;
  readonly archiveUri?: string;
  /** Images of the model, and those that run. */
  readonly images: readonly string[];
}
