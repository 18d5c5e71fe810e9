import { describeExecution, startExecution, stopExecution } from '../shared/executions.client';
import type { ExecutionsClient } from './executions';

/** The executions of a pipeline's state machine. */
export const executionsOf = (stateMachineArn: string): ExecutionsClient => ({
  start: (name, input) => startExecution(stateMachineArn, name, input),
  describe: describeExecution,
  stop: (executionArn, cause) => stopExecution(executionArn, 'RunStopped', cause),
});
