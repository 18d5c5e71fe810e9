import type { CloseRunInput, RunInput } from '../../lib/training/contract';
import { type ExecutionFacts, endOfExecution } from '../shared/executions';

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
  const end = endOfExecution('run', execution);
  return end && { ...run, ...end };
};
