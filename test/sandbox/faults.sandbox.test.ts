import { DynamoDBClient, GetItemCommand, PutItemCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ListModelsCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, expect, inject, it } from 'vitest';
import { clientConfig } from '../support/sandbox';
import { eventually } from './support/eventually';
import { FaultsClient } from './support/faults';
import { type DeployedStack, deploy, inlineFunction, mayInvoke } from './support/stack';

const sandbox = inject('sandbox');
const once = { ...clientConfig(sandbox), maxAttempts: 1 };
const dynamo = new DynamoDBClient(once);
const lambda = new LambdaClient(once);
const sfn = new SFNClient(once);
const events = new EventBridgeClient(once);
const faults = new FaultsClient(sandbox);

/** Adds one to a counter, then waits a moment, so that who is killed after the call is killed at work. */
const COUNTER = `
const { DynamoDBClient, UpdateItemCommand } = require('@aws-sdk/client-dynamodb');
const client = new DynamoDBClient({ maxAttempts: 1 });
exports.handler = async ({ key, detail }) => {
  await client.send(new UpdateItemCommand({ TableName: process.env.TABLE, Key: { id: { S: key ?? detail.key } },
    UpdateExpression: 'ADD #n :one SET #at = :at', ExpressionAttributeNames: { '#n': 'n', '#at': 'at' },
    ExpressionAttributeValues: { ':one': { N: '1' }, ':at': { S: (detail?.text ?? '') + new Date().toISOString() } } }));
  return { done: true };
};`;

let stack: DeployedStack;
let own: { readonly counter: string; readonly table: string; readonly machine: string };
beforeAll(async () => {
  const table = {
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    BillingMode: 'PAY_PER_REQUEST',
  };
  const definition = {
    StartAt: 'Count',
    States: {
      Count: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke',
        Parameters: { FunctionName: '${fn}', 'Payload.$': '$' },
        Retry: [{ ErrorEquals: ['Lambda.SdkClientException'], IntervalSeconds: 60, MaxAttempts: 1 }],
        End: true,
      },
    },
  };
  stack = await deploy(
    sandbox,
    'faults',
    {
      Table: { Type: 'AWS::DynamoDB::Table', Properties: table },
      Failures: { Type: 'AWS::SQS::Queue' },
      Counter: inlineFunction(COUNTER, { Environment: { Variables: { TABLE: { Ref: 'Table' } } } }),
      CounterCalled: mayInvoke('Counter', 'events.amazonaws.com'),
      Settings: {
        Type: 'AWS::Lambda::EventInvokeConfig',
        Properties: {
          FunctionName: { Ref: 'Counter' },
          Qualifier: '$LATEST',
          MaximumRetryAttempts: 1,
          DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['Failures', 'Arn'] } } },
        },
      },
      Rule: {
        Type: 'AWS::Events::Rule',
        Properties: {
          EventPattern: { source: ['faults.test'] },
          Targets: [{ Id: 'counter', Arn: { 'Fn::GetAtt': ['Counter', 'Arn'] } }],
        },
      },
      Machine: {
        Type: 'AWS::StepFunctions::StateMachine',
        Properties: {
          RoleArn: { 'Fn::Sub': 'arn:aws:iam::${AWS::AccountId}:role/tested' },
          DefinitionString: JSON.stringify(definition),
          DefinitionSubstitutions: { fn: { Ref: 'Counter' } },
        },
      },
    },
    {
      counter: { Ref: 'Counter' },
      table: { Ref: 'Table' },
      machine: { Ref: 'Machine' },
      failures: { Ref: 'Failures' },
    },
  );
  const { counter, table: name, machine } = stack.outputs;
  own = { counter: counter!, table: name!, machine: machine! };
});
afterAll(() => stack?.delete());

const set: string[] = [];
afterEach(() => faults.remove(...set.splice(0)));
const rule = async (value: Parameters<FaultsClient['set']>[0]): Promise<string> => {
  const [id] = await faults.set(value);
  set.push(id!);
  return id!;
};

const item = async (id: string) =>
  (await dynamo.send(new GetItemCommand({ TableName: own.table, Key: { id: { S: id } } }))).Item;
const count = async (id: string): Promise<number> => Number((await item(id))?.n?.N ?? 0);
const invoke = async (key: string): Promise<{ errorType?: string; done?: boolean }> => {
  const { Payload } = await lambda.send(
    new InvokeCommand({ FunctionName: own.counter, Payload: JSON.stringify({ key }) }),
  );
  return JSON.parse(Buffer.from(Payload!).toString());
};
const execute = async (key: string) => {
  const input = JSON.stringify({ key });
  const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn: own.machine, input }));
  return eventually(async () => {
    const found = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    return found.status === 'RUNNING' ? undefined : found;
  });
};
const machineName = (): string => own.machine.split(':').at(-1)!;
const send = (key: string, text = '') =>
  events.send(
    new PutEventsCommand({
      Entries: [{ Source: 'faults.test', DetailType: key, Detail: JSON.stringify({ key, text }) }],
    }),
  );

const write = (id: string) => new PutItemCommand({ TableName: own.table, Item: { id: { S: id }, n: { N: '1' } } });
const writes = { on: 'request', service: 'dynamodb', action: 'PutItem' } as const;

it('answers throttling and failures as the SDKs know them', async () => {
  await rule({ ...writes, fault: 'throttle' });
  await expect(dynamo.send(write('throttled'))).rejects.toMatchObject({
    name: 'ProvisionedThroughputExceededException',
  });
  await rule({ on: 'request', service: 's3', action: 'PutObject', fault: 'throttle' });
  const put = new PutObjectCommand({ Bucket: 'none', Key: 'faults', Body: 'x' });
  await expect(new S3Client({ ...once, forcePathStyle: true }).send(put)).rejects.toMatchObject({ name: 'SlowDown' });
  await rule({ on: 'request', service: 'sagemaker', action: 'ListModels', fault: 'error' });
  const list = new SageMakerClient(once).send(new ListModelsCommand({ NameContains: 'faults' }));
  await expect(list).rejects.toMatchObject({ name: 'InternalFailure', $metadata: { httpStatusCode: 500 } });
  await expect(dynamo.send(write('throttled'))).resolves.toBeTruthy();
});

it('cuts the connection before the effect, or after it', async () => {
  await rule({ ...writes, fault: 'cut' });
  await expect(dynamo.send(write('cut-before'))).rejects.toThrow();
  expect(await count('cut-before')).toBe(0);
  await rule({ ...writes, fault: 'cut', when: 'after' });
  await expect(dynamo.send(write('cut-after'))).rejects.toThrow();
  expect(await count('cut-after')).toBe(1);
});

it('lets a request wait, or never answers it', async () => {
  const slow = await rule({ ...writes, fault: 'latency', seconds: 0.5 });
  const before = Date.now();
  await dynamo.send(write('slow'));
  expect(Date.now() - before).toBeGreaterThanOrEqual(500);
  expect(await faults.struck(slow)).toBe(1);
  await rule({ ...writes, fault: 'timeout' });
  const abortSignal = AbortSignal.timeout(500);
  await expect(dynamo.send(write('silent'), { abortSignal })).rejects.toMatchObject({ name: 'AbortError' });
  expect(await count('silent')).toBe(0);
});

it('knows the calling function, and kills it before or after what it asked for', async () => {
  const calls = { on: 'request', service: 'dynamodb', action: 'UpdateItem', fault: 'kill' } as const;
  const other = await rule({ ...calls, caller: 'somebody-else' });
  expect(await invoke('alive')).toEqual({ done: true });
  expect(await faults.struck(other)).toBe(0);
  await rule({ ...calls, caller: own.counter });
  expect(await invoke('killed-before')).toMatchObject({ errorType: 'Runtime.ExitError' });
  expect(await count('killed-before')).toBe(0);
  await rule({ ...calls, caller: own.counter, when: 'after' });
  expect(await invoke('killed-after')).toMatchObject({ errorType: 'Runtime.ExitError' });
  expect(await count('killed-after')).toBe(1);
});

it('throttles an invocation, loses its answer, or steps its clock', async () => {
  const invocation = { on: 'invocation', function: own.counter } as const;
  await rule({ ...invocation, fault: 'throttle' });
  await expect(invoke('refused')).rejects.toMatchObject({ name: 'TooManyRequestsException' });
  await rule({ ...invocation, fault: 'kill', when: 'after' });
  expect(await invoke('lost')).toMatchObject({ errorType: 'Runtime.ExitError' });
  expect(await count('lost')).toBe(1);
  await rule({ ...invocation, fault: 'clock', seconds: -3600 });
  expect(await invoke('earlier')).toEqual({ done: true });
  const at = async (key: string): Promise<number> => Date.parse((await item(key))!.at!.S!) - Date.now();
  expect(await at('earlier')).toBeLessThan(-3_500_000);
  expect(await invoke('now')).toEqual({ done: true });
  expect(await at('now')).toBeGreaterThan(-60_000);
});

it('fails a state before or after its effect, by the name that Step Functions has for it', async () => {
  const state = { on: 'state', machine: machineName(), state: 'Count' } as const;
  await rule({ ...state, fault: 'throttle' });
  expect(await execute('state-before')).toMatchObject({ status: 'FAILED', error: 'Lambda.TooManyRequestsException' });
  expect(await count('state-before')).toBe(0);
  await rule({ ...state, fault: 'error', when: 'after', error: 'Own.Error', cause: 'as the rule says' });
  expect(await execute('state-after')).toMatchObject({
    status: 'FAILED',
    error: 'Own.Error',
    cause: 'as the rule says',
  });
  expect(await count('state-after')).toBe(1);
});

it('aborts an execution where it enters a state, or after the effect; waits are hastened', async () => {
  const state = { on: 'state', machine: machineName() } as const;
  await rule({ ...state, fault: 'abort', state: 'Count' });
  expect(await execute('abort-before')).toMatchObject({ status: 'ABORTED' });
  expect(await count('abort-before')).toBe(0);
  await rule({ ...state, fault: 'abort', state: 'Count', when: 'after', cause: 'by hand' });
  expect(await execute('abort-after')).toMatchObject({ status: 'ABORTED', cause: 'by hand' });
  expect(await count('abort-after')).toBe(1);
  await rule({ ...state, fault: 'haste', factor: 0.01 });
  await rule({ ...state, fault: 'cut', when: 'after' });
  expect(await execute('hasty')).toMatchObject({ status: 'SUCCEEDED' });
  expect(await count('hasty')).toBe(2);
});

it('delivers an event twice, late, not at all, or after the next one', async () => {
  const reaches = (key: string, times: number) =>
    eventually(async () => ((await count(key)) === times ? true : undefined));
  const delivery = { on: 'event', target: `*:function:${own.counter}` } as const;
  await rule({ ...delivery, detailType: 'twice', fault: 'twice' });
  await rule({ ...delivery, detailType: 'late', fault: 'late', seconds: 1 });
  await rule({ ...delivery, detailType: 'dropped', fault: 'lose' });
  await send('late');
  expect(await count('late')).toBe(0);
  await send('twice');
  await send('dropped');
  await reaches('twice', 2);
  await reaches('late', 1);
  expect(await count('dropped')).toBe(0);
  await rule({ ...delivery, detailType: 'swapped', fault: 'swap' });
  await send('swapped', 'first ');
  await send('swapped', 'second ');
  await reaches('swapped', 2);
  expect((await item('swapped'))?.at?.S).toMatch(/^first /);
});

it('tries an event again that a function failed to take, and keeps what it never took', async () => {
  await rule({ on: 'invocation', function: own.counter, fault: 'throttle' });
  await rule({ on: 'invocation', function: own.counter, fault: 'kill', nth: 2 });
  await send('persistent');
  await eventually(async () => ((await count('persistent')) === 1 ? true : undefined));
  await rule({ on: 'invocation', function: own.counter, fault: 'kill', times: 0 });
  await send('hopeless');
  const queue = new SQSClient(once);
  const message = await eventually(async () => {
    const { Messages } = await queue.send(new ReceiveMessageCommand({ QueueUrl: stack.outputs.failures }));
    return Messages?.[0]?.Body;
  });
  expect(JSON.parse(message)).toMatchObject({ requestPayload: { detail: { key: 'hopeless' } } });
  expect(await count('hopeless')).toBe(0);
});

it('does a transaction once whose answer was lost and which is sent again', async () => {
  await rule({ on: 'request', service: 'dynamodb', action: 'TransactWriteItems', fault: 'cut', when: 'after' });
  const Update = {
    TableName: own.table,
    Key: { id: { S: 'transaction' } },
    UpdateExpression: 'ADD #n :one',
    ExpressionAttributeNames: { '#n': 'n' },
    ExpressionAttributeValues: { ':one': { N: '1' } },
  };
  await new DynamoDBClient(clientConfig(sandbox)).send(new TransactWriteItemsCommand({ TransactItems: [{ Update }] }));
  expect(await count('transaction')).toBe(1);
});

it('refuses a wrong rule with a sentence', async () => {
  await expect(faults.set({ on: 'state', fault: 'explode' })).rejects.toThrow("'fault' of a rule on state is one of");
});
