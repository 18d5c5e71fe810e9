/** What the release pipeline's state machine and handlers agree on. */
export const RELEASE_ENV = {
  spec: 'RELEASE_SPEC',
  stateMachineArn: 'RELEASE_STATE_MACHINE_ARN',
  model: 'MLOPS_MODEL',
  startFunction: 'START_RELEASE_FUNCTION',
  sendApprovalFunction: 'SEND_APPROVAL_FUNCTION',
  settleFunction: 'SETTLE_RELEASE_FUNCTION',
} as const;

/** Namespace of the metrics of releases. */
export const RELEASE_METRICS = 'CdkMlops/Releases';
/** Count of looks at an endpoint that serves something else than was released; of all models that share a registry. */
export const OUT_OF_BAND = { metric: 'OutOfBand', dimension: 'Bus' } as const;

export const RELEASE_STEPS = [
  'Verify',
  'Govern',
  'Approve',
  'Deploy',
  'ReadBack',
  'SmokeTest',
  'Promote',
  'Notify',
] as const;
export type ReleaseStep = (typeof RELEASE_STEPS)[number];

/** How a version is hosted: part of what is approved. */
export interface HostingSettings {
  readonly endpointName: string;
  readonly instanceType: string;
  readonly instanceCount: number;
  /** Role with which the containers run. */
  readonly executionRoleArn: string;
  /** `s3://…/captures/<endpoint>/`; nothing is captured when absent. */
  readonly captureUri?: string;
  /** Share of the requests that are captured, 0 to 100. */
  readonly capturePercent?: number;
}

export interface ReleaseSpec {
  readonly model: string;
  readonly stage: 'dev' | 'test' | 'prod';
  readonly approval: 'auto' | 'manual';
  /** Whether who had a hand in a version or its release may not approve it. */
  readonly fourEyes?: boolean;
  /** After how long others are told that nobody has decided. */
  readonly escalateAfterMinutes?: number;
  readonly hosting: HostingSettings;
}

/** Everything that a deployment reads, and nothing else is read; its digest is what people approve. */
export interface ReleaseManifest {
  readonly model: string;
  readonly version: number;
  readonly account: string;
  readonly region: string;
  readonly archive: { readonly uri: string; readonly sha256: string };
  readonly image: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly source?: { readonly uri: string; readonly sha256: string };
  readonly dataset?: { readonly name: string; readonly version: number; readonly contentDigest: string };
  readonly evidence: readonly { readonly kind: string; readonly uri: string; readonly sha256: string }[];
  readonly contentType: string;
  readonly hosting: HostingSettings;
}

export interface ReleaseInput {
  readonly releaseId: string;
}

/** Names of what a release creates in SageMaker: the same manifest gives the same names. */
export interface ReleaseNames {
  readonly model: string;
  readonly endpointConfig: string;
  readonly endpoint: string;
}

/** The context that grows from state to state; Verify answers the first of it. */
export interface ReleaseContext extends ReleaseInput {
  readonly model: string;
  readonly version: number;
  readonly manifest: ReleaseManifest;
  readonly manifestDigest: string;
  readonly manifestUri: string;
  readonly names: ReleaseNames;
}

export interface VerifyInput extends ReleaseInput {
  readonly executionArn: string;
}

/** Input of the states between Verify and BeginDeploy. */
export interface ApproveInput extends ReleaseInput {
  readonly manifestDigest: string;
}
export interface RequestApprovalInput extends ApproveInput {
  readonly taskToken: string;
}
export interface AutoApproveInput extends ApproveInput {
  readonly executionArn: string;
}
/** CheckApproval digests the manifest again: what is approved is what is deployed. */
export interface CheckApprovalInput extends ApproveInput {
  readonly manifest: ReleaseManifest;
}
export interface CheckApprovalOutput {
  readonly approved: boolean;
  readonly reason?: string;
}

/** Input of the states that deploy. */
export interface DeployInput extends ReleaseInput {
  readonly manifest: ReleaseManifest;
  readonly manifestDigest: string;
  readonly names: ReleaseNames;
}

/** What BeginDeploy found; recorded with the step `Deploy`, so that a roll-back knows the way. */
export interface DeployPlan {
  readonly names: ReleaseNames;
  readonly endpointExists: boolean;
  /** The config that serves now; the way back. */
  readonly previousConfig?: string;
}
export interface BeginDeployOutput {
  /** False while another release deploys this model, or the endpoint is changing: ask again. */
  readonly ready: boolean;
  readonly reason?: string;
  readonly endpointExists?: boolean;
  /** The endpoint serves this very config already; nothing is to be updated. */
  readonly alreadyServing?: boolean;
}

/** `$states.errorOutput`. */
export interface StateError {
  readonly Error?: string;
  readonly Cause?: string;
}

/**
 * Compares what SageMaker has with what was approved: `definition` looks at model and config before the endpoint is
 * touched, `endpoint` at what serves.
 */
export interface ReadBackInput extends DeployInput {
  readonly phase: 'definition' | 'endpoint';
  /** Errors of the calls before it, where there were any. */
  readonly failure?: StateError;
}
export interface ReadBackOutput {
  /** False while the endpoint is being created or updated: ask again. */
  readonly settled: boolean;
}

export interface PromoteInput extends ReleaseInput {
  readonly names: ReleaseNames;
  readonly executionArn: string;
}

export interface RollBackOutput {
  /** False while the endpoint is still on its way back: ask again. */
  readonly done: boolean;
}

export const RELEASE_ERROR = {
  rejected: 'ReleaseRejected',
  failed: 'ReleaseFailed',
  stopped: 'ReleaseStopped',
} as const;

export interface CloseReleaseInput extends ReleaseInput {
  readonly status: 'SUCCEEDED' | 'REJECTED' | 'FAILED' | 'STOPPED';
  readonly error?: string;
  readonly cause?: string;
  readonly executionArn?: string;
}

export interface CloseReleaseOutput {
  readonly status: CloseReleaseInput['status'];
  /** Why, in a sentence; empty when SUCCEEDED. */
  readonly reason: string;
}
