import type { CloseRunInput, RunInput } from '../../lib/training/contract';

/** An execution as Step Functions describes it. */
export interface ExecutionFacts {
  readonly status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' | (string & {});
  readonly error?: string;
  readonly cause?: string;
}

/** Step Functions as the handlers use it. */
export interface ExecutionsClient {
  /** Starts an execution, or finds the one that has the name already; its ARN in either case. */
  start(name: string, input: RunInput): Promise<string>;
  /** undefined where there is none of the ARN. */
  describe(executionArn: string): Promise<ExecutionFacts | undefined>;
  /** Nothing happens where it has ended, or never was. */
  stop(executionArn: string, cause: string): Promise<void>;
}

/** The name under which an attempt of a run is executed: starting it twice starts it once. */
export const executionName = ({ runId, attempt }: RunInput): string => `${runId}-${attempt}`;

/** The attempt behind an execution's name; undefined where somebody else named it. */
export const attemptOf = (name: string): RunInput | undefined => {
  const match = /^(.+)-(\d{1,6})$/.exec(name);
  return match ? { runId: match[1]!, attempt: Number(match[2]) } : undefined;
};

/** How a run ends whose execution ended without closing it; undefined while it runs. */
export const endOf = (run: RunInput, execution: ExecutionFacts | undefined): CloseRunInput | undefined => {
  if (!execution) return { ...run, status: 'FAILED', cause: 'The execution is gone: Step Functions knows none of it.' };
  const { status, error, cause } = execution;
  if (status === 'RUNNING' || status === 'PENDING_REDRIVE') return undefined;
  if (status === 'ABORTED') return { ...run, status: 'STOPPED', cause: cause || 'The execution was stopped by hand.' };
  if (status === 'TIMED_OUT') return { ...run, status: 'FAILED', cause: 'The run took longer than a run may take.' };
  const why = cause || error || `The execution ended as ${status} without closing its run.`;
  return { ...run, status: 'FAILED', ...(error ? { error } : {}), cause: why };
};
