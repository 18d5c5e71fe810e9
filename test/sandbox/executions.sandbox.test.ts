import {
  CreateActivityCommand,
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  type DescribeExecutionOutput,
  GetActivityTaskCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { clientConfig } from '../support/sandbox';
import { eventually } from './support/eventually';
import { type DeployedStack, deploy, inlineFunction } from './support/stack';

const sandbox = inject('sandbox');
const sfn = new SFNClient(clientConfig(sandbox));
const sqs = new SQSClient(clientConfig(sandbox));
let stack: DeployedStack;
let machines = 0;

// Fails with a named error for the first `failures` calls of an execution, then returns what it got.
const FLAKY = `const calls = {};
exports.handler = async ({ id, failures, ...rest }) => {
  calls[id] = (calls[id] ?? 0) + 1;
  require('fs').appendFileSync(require('path').join(require('os').tmpdir(), id), 'x');
  const count = require('fs').readFileSync(require('path').join(require('os').tmpdir(), id), 'utf8').length;
  if (count <= failures) { const error = new Error('call ' + count); error.name = 'Throttled'; throw error; }
  return { count, ...rest };
};`;

beforeAll(async () => {
  const resources = { Flaky: inlineFunction(FLAKY), Queue: { Type: 'AWS::SQS::Queue' } };
  const outputs = { Flaky: { 'Fn::GetAtt': ['Flaky', 'Arn'] }, Queue: { Ref: 'Queue' } };
  stack = await deploy(sandbox, 'executions', resources, outputs);
});
afterAll(() => stack.delete());

async function start(states: object, input: object = {}, extra: object = {}): Promise<string> {
  const definition = JSON.stringify({
    QueryLanguage: 'JSONata',
    StartAt: Object.keys(states)[0],
    States: states,
    ...extra,
  });
  const roleArn = `arn:aws:iam::${sandbox.accountId}:role/tested`;
  const name = `executions-${++machines}`;
  const { stateMachineArn } = await sfn.send(new CreateStateMachineCommand({ name, definition, roleArn }));
  const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }));
  return executionArn!;
}

function finished(executionArn: string): Promise<DescribeExecutionOutput> {
  return eventually(async () => {
    const described = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    return described.status === 'RUNNING' ? undefined : described;
  });
}

const invoke = (failures: number, extra: object = {}) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: { FunctionName: stack.outputs.Flaky, Payload: { id: '{% $states.context.Execution.Name %}', failures } },
  Output: '{% $states.result.Payload %}',
  End: true,
  ...extra,
});

describe('JSONata', () => {
  it('gives states their input, result and context, keeps assigned variables, and chooses by condition', async () => {
    const described = await finished(
      await start(
        {
          Assign: {
            Type: 'Pass',
            Assign: { score: '{% $states.input.score %}', name: '{% $states.context.Execution.Name %}' },
            Output: '{% $merge([$states.input, { "seen": true }]) %}',
            Next: 'Choose',
          },
          Choose: {
            Type: 'Choice',
            Choices: [{ Condition: '{% $score > 0.5 and $states.input.seen %}', Next: 'Good' }],
            Default: 'Bad',
          },
          Good: { Type: 'Pass', Output: { score: '{% $score %}', named: '{% $length($name) > 0 %}' }, End: true },
          Bad: { Type: 'Fail', Error: 'Wrong' },
        },
        { score: 0.9 },
      ),
    );
    expect(described.status).toBe('SUCCEEDED');
    expect(JSON.parse(described.output!)).toEqual({ score: 0.9, named: true });
  });

  it('hands the error of a caught task to Catch as errorOutput, under the name that the function threw', async () => {
    const described = await finished(
      await start({
        Try: invoke(99, {
          Catch: [
            {
              ErrorEquals: ['Throttled'],
              Assign: { cause: '{% $parse($states.errorOutput.Cause).errorMessage %}' },
              Output: { error: '{% $states.errorOutput.Error %}' },
              Next: 'Caught',
            },
          ],
        }),
        Caught: { Type: 'Pass', Output: '{% $merge([$states.input, { "cause": $cause }]) %}', End: true },
      }),
    );
    expect(JSON.parse(described.output!)).toEqual({ error: 'Throttled', cause: 'call 1' });
  });
});

describe('Retry', () => {
  it('tries again as often as it says, for the errors that it names', async () => {
    const Retry = [
      {
        ErrorEquals: ['Throttled'],
        MaxAttempts: 3,
        IntervalSeconds: 1,
        BackoffRate: 10,
        MaxDelaySeconds: 1,
        JitterStrategy: 'FULL',
      },
    ];
    const described = await finished(await start({ Try: invoke(3, { Retry }) }));
    expect(JSON.parse(described.output!)).toEqual({ count: 4 });
  });

  it('fails with the last error where the attempts are used up', async () => {
    const Retry = [{ ErrorEquals: ['States.ALL'], MaxAttempts: 1, IntervalSeconds: 1 }];
    const described = await finished(await start({ Try: invoke(99, { Retry }) }));
    expect(described).toMatchObject({ status: 'FAILED', error: 'Throttled' });
  });
});

describe('an execution that ends early', () => {
  const waiting = { Wait: { Type: 'Wait', Seconds: 600, End: true } };

  it('stays ABORTED when it is stopped, and its child execution is stopped with it', async () => {
    const definition = JSON.stringify({ QueryLanguage: 'JSONata', StartAt: 'Wait', States: waiting });
    const roleArn = `arn:aws:iam::${sandbox.accountId}:role/tested`;
    const child = await sfn.send(new CreateStateMachineCommand({ name: 'child', definition, roleArn }));
    const executionArn = await start({
      Nested: {
        Type: 'Task',
        Resource: 'arn:aws:states:::states:startExecution.sync:2',
        Arguments: { StateMachineArn: child.stateMachineArn, Name: 'kept-by-its-parent', Input: {} },
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }],
        End: true,
      },
      Caught: { Type: 'Pass', End: true },
    });
    const childArn = child.stateMachineArn!.replace(':stateMachine:', ':execution:').concat(':kept-by-its-parent');
    await eventually(() => sfn.send(new DescribeExecutionCommand({ executionArn: childArn })));
    await sfn.send(new StopExecutionCommand({ executionArn, cause: 'by hand' }));
    expect(await finished(childArn)).toMatchObject({ status: 'ABORTED' });
    expect(await finished(executionArn)).toMatchObject({ status: 'ABORTED', cause: 'by hand' });
  });

  it('is TIMED_OUT when it runs longer than its TimeoutSeconds', async () => {
    expect(await finished(await start(waiting, {}, { TimeoutSeconds: 1 }))).toMatchObject({ status: 'TIMED_OUT' });
  });
});

describe('a task that waits for its token', () => {
  const callback = (failures: number, extra: object = {}) => ({
    ...invoke(failures, extra),
    Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
    Arguments: {
      FunctionName: stack.outputs.Flaky,
      Payload: { id: '{% $states.context.Execution.Name %}', failures, token: '{% $states.context.Task.Token %}' },
    },
    Output: '{% $states.result %}',
  });

  /** An execution that waits, and the token that it waits for. */
  async function asked(): Promise<[executionArn: string, taskToken: string]> {
    const executionArn = await start({
      Ask: {
        Type: 'Task',
        Resource: 'arn:aws:states:::sqs:sendMessage.waitForTaskToken',
        Arguments: { QueueUrl: stack.outputs.Queue, MessageBody: '{% $states.context.Task.Token %}' },
        End: true,
      },
    });
    const taskToken = await eventually(async () => {
      const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: stack.outputs.Queue }));
      return Messages?.[0]?.Body;
    });
    return [executionArn, taskToken];
  }

  it('goes on with what the token is answered, once', async () => {
    const [executionArn, taskToken] = await asked();
    const answer = new SendTaskSuccessCommand({ taskToken, output: '{"approved":true}' });
    await sfn.send(answer);
    await expect(sfn.send(answer)).rejects.toThrow('Task Timed Out');
    expect(JSON.parse((await finished(executionArn)).output!)).toEqual({ approved: true });
  });

  it('takes no answer once its execution was stopped', async () => {
    const [executionArn, taskToken] = await asked();
    await sfn.send(new StopExecutionCommand({ executionArn }));
    await expect(sfn.send(new SendTaskSuccessCommand({ taskToken, output: '{}' }))).rejects.toThrow('Task Timed Out');
    expect(await finished(executionArn)).toMatchObject({ status: 'ABORTED' });
  });

  it('is of an activity until that execution stops, or its heartbeats do', async () => {
    const { activityArn } = await sfn.send(new CreateActivityCommand({ name: 'worked' }));
    const Work = { Type: 'Task', Resource: activityArn, Arguments: { n: 1 }, HeartbeatSeconds: 1, End: true };
    const executionArn = await start({ Work });
    const { taskToken, input } = await sfn.send(new GetActivityTaskCommand({ activityArn }));
    expect(input).toBe('{"n": 1}');
    expect(await finished(executionArn)).toMatchObject({ status: 'FAILED', error: 'States.HeartbeatTimeout' });
    await expect(sfn.send(new SendTaskSuccessCommand({ taskToken, output: '{}' }))).rejects.toThrow('Task Timed Out');
  });

  it('fails when the function that should take the token fails', async () => {
    expect(await finished(await start({ Ask: callback(99) }))).toMatchObject({ status: 'FAILED', error: 'Throttled' });
  });

  it('fails when no heartbeat comes', async () => {
    const described = await finished(await start({ Ask: callback(0, { HeartbeatSeconds: '{% 1 %}' }) }));
    expect(described).toMatchObject({ status: 'FAILED', error: 'States.HeartbeatTimeout' });
  });
});
