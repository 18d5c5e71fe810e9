import { DescribeExecutionCommand, SFNClient, StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { isNamed } from '../shared/errors';
import type { ExecutionsClient } from './executions';

const client = new SFNClient({});

/** An execution's ARN by its machine's and its name. */
const arnOf = (stateMachineArn: string, name: string): string =>
  `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;

export const executionsOf = (stateMachineArn: string): ExecutionsClient => ({
  async start(name, input) {
    try {
      const command = new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) });
      const { executionArn } = await client.send(command);
      return executionArn ?? arnOf(stateMachineArn, name);
    } catch (error) {
      if (!isNamed(error, 'ExecutionAlreadyExists')) throw error;
      return arnOf(stateMachineArn, name);
    }
  },
  async describe(executionArn) {
    try {
      const { status, error, cause } = await client.send(new DescribeExecutionCommand({ executionArn }));
      return { status: status ?? 'RUNNING', ...(error ? { error } : {}), ...(cause ? { cause } : {}) };
    } catch (error) {
      if (isNamed(error, 'ExecutionDoesNotExist')) return undefined;
      throw error;
    }
  },
  async stop(executionArn, cause) {
    try {
      await client.send(new StopExecutionCommand({ executionArn, error: 'RunStopped', cause }));
    } catch (error) {
      if (!isNamed(error, 'ExecutionDoesNotExist', 'ValidationException')) throw error;
    }
  },
});
