/** What the release pipeline's state machine and handlers agree on. */
export const RELEASE_ENV = {
  spec: 'RELEASE_SPEC',
  stateMachineArn: 'RELEASE_STATE_MACHINE_ARN',
  model: 'MLOPS_MODEL',
} as const;

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

export interface ReleaseSpec {
  readonly model: string;
  readonly stage: 'dev' | 'test' | 'prod';
  readonly endpointName: string;
  readonly instanceType: string;
  readonly instanceCount: number;
  readonly approval: 'auto' | 'manual';
  readonly contentType: string;
  readonly captureUri?: string;
  readonly capturePercent?: number;
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
}

export interface ReleaseInput {
  readonly releaseId: string;
}

/** The context that grows from state to state. */
export interface ReleaseContext extends ReleaseInput {
  readonly model: string;
  readonly version: number;
  readonly manifest: ReleaseManifest;
  readonly manifestDigest: string;
  readonly manifestUri: string;
  readonly names: { readonly model: string; readonly endpointConfig: string; readonly endpoint: string };
  /** The config that served before; the way back. */
  readonly previousConfig?: string;
  readonly endpointExists: boolean;
  /** URI of recorded rows for the smoke test: the head of the run's transform output. */
  readonly smokeRowsUri?: string;
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
}
