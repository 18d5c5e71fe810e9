import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  GetQueueAttributesCommand,
  ListMessageMoveTasksCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { clientConfig } from '../support/sandbox';
import { eventually } from './support/eventually';
import { type DeployedStack, deploy, inlineFunction, STREAMED_TABLE } from './support/stack';

const sandbox = inject('sandbox');
const dynamo = new DynamoDBClient(clientConfig(sandbox));
const sqs = new SQSClient(clientConfig(sandbox));
const arn = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });
let stack: DeployedStack;

// Tells a queue which keys it was given, and then fails, or names what failed, as its environment says.
const HANDLER = `const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs');
const client = new SQSClient({});
exports.handler = async ({ Records }) => {
  const name = (r) => (r.dynamodb ? r.dynamodb.Keys.pk.S : r.body);
  const keys = Records.map(name);
  await client.send(new SendMessageCommand({ QueueUrl: process.env.SEEN, MessageBody: JSON.stringify(keys) }));
  const poison = Records.filter((r) => name(r).startsWith('poison'));
  if (process.env.HOW === 'throw' && poison.length) throw new Error('poison');
  const id = (r) => r.dynamodb?.SequenceNumber ?? r.messageId;
  return { batchItemFailures: poison.map((r) => ({ itemIdentifier: id(r) })) };
};`;
const queue = (properties: object = {}) => ({ Type: 'AWS::SQS::Queue', Properties: properties });
const handler = (seen: string, how: string) =>
  inlineFunction(HANDLER, { Timeout: 3, Environment: { Variables: { SEEN: { Ref: seen }, HOW: how } } });
const mapping = (FunctionName: string, EventSourceArn: object, properties: object) => ({
  Type: 'AWS::Lambda::EventSourceMapping',
  Properties: { FunctionName: { Ref: FunctionName }, EventSourceArn, ...properties },
});
const stream = { StartingPosition: 'TRIM_HORIZON', BatchSize: 10 };
const lostTo = (id: string) => ({ DestinationConfig: { OnFailure: { Destination: arn(id) } } });
const streamOf = (id: string) => ({ 'Fn::GetAtt': [id, 'StreamArn'] });

beforeAll(async () => {
  const resources = {
    Bisected: STREAMED_TABLE,
    Aged: STREAMED_TABLE,
    BisectSeen: queue(),
    AgedSeen: queue(),
    QueueSeen: queue(),
    BisectLost: queue(),
    AgedLost: queue(),
    Dead: queue(),
    Redriven: queue(),
    Elsewhere: queue(),
    Redrives: queue({ RedrivePolicy: { deadLetterTargetArn: arn('Redriven'), maxReceiveCount: 2 } }),
    Source: queue({ VisibilityTimeout: 3, RedrivePolicy: { deadLetterTargetArn: arn('Dead'), maxReceiveCount: 2 } }),
    BisectHandler: handler('BisectSeen', 'throw'),
    AgedHandler: handler('AgedSeen', 'throw'),
    QueueHandler: handler('QueueSeen', 'name'),
    BisectMapping: mapping('BisectHandler', streamOf('Bisected'), {
      ...stream,
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 0,
      MaximumBatchingWindowInSeconds: 1,
      ...lostTo('BisectLost'),
    }),
    AgedMapping: mapping('AgedHandler', streamOf('Aged'), {
      ...stream,
      BatchSize: 1,
      MaximumRetryAttempts: -1,
      MaximumRecordAgeInSeconds: 60,
      ...lostTo('AgedLost'),
    }),
    QueueMapping: mapping('QueueHandler', arn('Source'), {
      BatchSize: 10,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    }),
  };
  const named = Object.keys(resources).filter((id) => !id.endsWith('Mapping') && !id.endsWith('Handler'));
  stack = await deploy(sandbox, 'event-sources', resources, Object.fromEntries(named.map((id) => [id, { Ref: id }])));
});
afterAll(() => stack.delete());

/** Reads bodies off a queue until `enough` holds for all of them. */
async function seen(queueName: string, enough: (bodies: string[]) => boolean): Promise<string[]> {
  const bodies: string[] = [];
  return eventually(async () => {
    const receive = { QueueUrl: stack.outputs[queueName], MaxNumberOfMessages: 10 };
    const { Messages } = await sqs.send(new ReceiveMessageCommand(receive));
    bodies.push(...(Messages ?? []).map(({ Body }) => Body!));
    return enough(bodies) ? bodies : undefined;
  });
}
const put = (TableName: string, pk: string) => dynamo.send(new PutItemCommand({ TableName, Item: { pk: { S: pk } } }));

describe('a table stream', () => {
  it.concurrent('splits a batch that fails until only the record that fails is left, and loses that one alone', async () => {
    for (const pk of ['a', 'b', 'poison', 'd']) await put(stack.outputs.Bisected!, pk);
    const [lost] = await seen('BisectLost', (bodies) => bodies.length > 0);
    const record = JSON.parse(lost!);
    expect(record.requestContext.condition).toBe('RetryAttemptsExhausted');
    expect(record.DDBStreamBatchInfo.batchSize).toBe(1);
    const alone = (bodies: string[]) =>
      bodies.map((body) => JSON.parse(body) as string[]).filter((keys) => !keys.includes('poison'));
    const batches = await seen('BisectSeen', (bodies) => alone(bodies).flat().includes('d'));
    expect(new Set(alone(batches).flat())).toEqual(new Set(['a', 'b', 'd']));
  });

  it.concurrent('goes on trying a record while it is young', async () => {
    await put(stack.outputs.Aged!, 'poison');
    await seen('AgedSeen', (bodies) => bodies.length >= 3);
  });
});

describe('a queue', () => {
  it.concurrent('gets back only what failed, and after maxReceiveCount it lies in the dead-letter queue', async () => {
    for (const MessageBody of ['good', 'poison']) {
      await sqs.send(new SendMessageCommand({ QueueUrl: stack.outputs.Source, MessageBody }));
    }
    expect(await seen('Dead', (bodies) => bodies.length > 0)).toEqual(['poison']);
    const keys = (await seen('QueueSeen', (bodies) => bodies.length >= 2)).flatMap((body) => JSON.parse(body));
    expect(keys.filter((key) => key === 'good')).toHaveLength(1);
    expect(keys.filter((key) => key === 'poison')).toHaveLength(2);
  });

  it.concurrent('takes its dead letters back, unless they came from elsewhere', async () => {
    const arnOf = async (id: string) => {
      const ask = new GetQueueAttributesCommand({ QueueUrl: stack.outputs[id], AttributeNames: ['QueueArn'] });
      return (await sqs.send(ask)).Attributes!.QueueArn!;
    };
    const SourceArn = await arnOf('Redriven');
    const moved = async (start: object) => {
      await sqs.send(new StartMessageMoveTaskCommand({ SourceArn, ...start }));
      return eventually(async () => {
        const { Results } = await sqs.send(new ListMessageMoveTasksCommand({ SourceArn }));
        return Results![0]!.Status === 'RUNNING' ? undefined : Results![0]!;
      });
    };
    await sqs.send(new SendMessageCommand({ QueueUrl: stack.outputs.Redrives, MessageBody: 'again' }));
    const receive = { QueueUrl: stack.outputs.Redrives, VisibilityTimeout: 0 };
    for (let tries = 0; tries < 2; tries++) await sqs.send(new ReceiveMessageCommand(receive));
    await eventually(async () => {
      const Attributes = ['ApproximateNumberOfMessages' as const];
      await sqs.send(new ReceiveMessageCommand(receive));
      const ask = new GetQueueAttributesCommand({ QueueUrl: stack.outputs.Redriven, AttributeNames: Attributes });
      return (await sqs.send(ask)).Attributes!.ApproximateNumberOfMessages === '1' ? true : undefined;
    });
    expect(await moved({})).toMatchObject({ Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: 1 });
    expect(await seen('Redrives', (bodies) => bodies.length > 0)).toEqual(['again']);
    await sqs.send(new SendMessageCommand({ QueueUrl: stack.outputs.Redriven, MessageBody: 'stranger' }));
    expect(await moved({})).toMatchObject({ Status: 'FAILED', FailureReason: 'CouldNotDetermineMessageSource' });
    expect(await moved({ DestinationArn: await arnOf('Elsewhere') })).toMatchObject({ Status: 'COMPLETED' });
    expect(await seen('Elsewhere', (bodies) => bodies.length > 0)).toEqual(['stranger']);
    const none = sqs.send(new StartMessageMoveTaskCommand({ SourceArn: await arnOf('Elsewhere') }));
    await expect(none).rejects.toThrow('Source queue must be configured as a Dead Letter Queue');
  });

  it.concurrent('is no source for a function that may run longer than its messages stay hidden', async () => {
    const resources = { Queue: queue({ VisibilityTimeout: 5 }), Slow: inlineFunction('', { Timeout: 10 }) };
    const Mapping = mapping('Slow', arn('Queue'), {});
    await expect(deploy(sandbox, 'hidden-too-short', { ...resources, Mapping }, {})).rejects.toThrow(
      'Queue visibility timeout: 5 seconds is less than Function timeout: 10 seconds',
    );
  });
});
