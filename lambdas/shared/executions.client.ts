import {
  DescribeExecutionCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { isNamed } from './errors';
import type { ExecutionFacts } from './executions';

const client = new SFNClient();

/** Starts an execution, or finds the one that has the name already; its ARN in either case. */
export async function startExecution(stateMachineArn: string, name: string, input: object): Promise<string> {
  const expected = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
  try {
    const command = new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) });
    return (await client.send(command)).executionArn ?? expected;
  } catch (error) {
    if (isNamed(error, 'ExecutionAlreadyExists')) return expected;
    throw error;
  }
}

/** Undefined where Step Functions knows no such execution. */
export async function describeExecution(executionArn: string): Promise<ExecutionFacts | undefined> {
  try {
    const { status, error, cause } = await client.send(new DescribeExecutionCommand({ executionArn }));
    return { status: status ?? 'RUNNING', ...(error ? { error } : {}), ...(cause ? { cause } : {}) };
  } catch (error) {
    if (isNamed(error, 'ExecutionDoesNotExist')) return undefined;
    throw error;
  }
}

/** Stops an execution under an error of the caller's; nothing happens where it has ended, or never was. */
export async function stopExecution(executionArn: string, error: string, cause: string): Promise<void> {
  try {
    await client.send(new StopExecutionCommand({ executionArn, error, cause }));
  } catch (problem) {
    if (!isNamed(problem, 'ExecutionDoesNotExist', 'ValidationException')) throw problem;
  }
}

/** False where the token is no longer valid: it was answered before, or its execution has ended. */
export async function sendTaskSuccess(taskToken: string, output: object): Promise<boolean> {
  try {
    await client.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) }));
    return true;
  } catch (error) {
    if (isNamed(error, 'TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken')) return false;
    throw error;
  }
}
