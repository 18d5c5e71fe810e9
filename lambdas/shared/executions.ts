/** An execution as Step Functions describes it. */
export interface ExecutionFacts {
  readonly status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' | (string & {});
  readonly error?: string;
  readonly cause?: string;
}

export interface ExecutionEnd {
  readonly status: 'FAILED' | 'STOPPED';
  readonly error?: string;
  readonly cause: string;
}

/** How a run or release ends whose execution ended without closing it; undefined while it runs. */
export const endOfExecution = (
  what: 'run' | 'release',
  execution: ExecutionFacts | undefined,
): ExecutionEnd | undefined => {
  if (!execution) return { status: 'FAILED', cause: 'The execution is gone: Step Functions knows none of it.' };
  const { status, error, cause } = execution;
  switch (status) {
    case 'RUNNING':
    case 'PENDING_REDRIVE':
      return undefined;
    case 'ABORTED':
      return { status: 'STOPPED', cause: cause || 'The execution was stopped by hand.' };
    case 'TIMED_OUT':
      return { status: 'FAILED', cause: `The ${what} took longer than a ${what} may take.` };
    default: {
      const why = cause || error || `The execution ended as ${status} without closing its ${what}.`;
      return { status: 'FAILED', ...(error ? { error } : {}), cause: why };
    }
  }
};
