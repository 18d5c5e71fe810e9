/** What the launcher hands to the daemon, as JSON in a file of the state directory. */
export interface DaemonConfig {
  readonly id: string;
  readonly name: string;
  readonly stateDir: string;
  readonly port: number;
  readonly region: string;
  readonly accountId: string;
  readonly python: string;
  readonly sitePackages: string;
  /** Image URI prefixes mapped to local runtimes, beyond the sandbox's own. */
  readonly images?: Record<string, string>;
  /** SageMaker jobs that run at the same time. */
  readonly maxConcurrentJobs?: number;
  /** Account limits of SageMaker by the names of Service Quotas. */
  readonly limits?: Readonly<Record<string, number>>;
  /** Whether an answer that violates the published service model becomes an error. */
  readonly strict?: boolean;
  readonly iam?: IamMode;
}

/** Whether IAM's policies hold for roles (`enforce`), are only judged and recorded (`record`), or ignored (`off`). */
export type IamMode = 'enforce' | 'record' | 'off';

/** What a running sandbox tells about itself, at `/_sandbox/status` and in its state file. */
export interface SandboxInfo {
  readonly endpoint: string;
  readonly region: string;
  readonly accountId: string;
  /** The daemon's process; MiniStack and the SageMaker processes are its children. */
  readonly pid: number;
  readonly stateDir: string;
}

export const HOST = '127.0.0.1';
export const DEFAULT_PORT = 4566;
export const DEFAULT_REGION = 'us-east-1';
export const DEFAULT_ACCOUNT = '000000000000';
