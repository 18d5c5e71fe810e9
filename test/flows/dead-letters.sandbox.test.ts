import { DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { DeleteMessageCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { openPlatform, type Platform } from '../faults/platform';
import { askAsCloudFormation } from './support/cloudformation';
import { openFlows, pollUntil } from './support/flows';
import { FRAIL, PLATFORM } from './support/names';

let platform: Platform;
let functions: Map<string, string>;
let queues: Set<string>;

beforeAll(async () => {
  await openFlows(inject('sandbox'));
  platform = await openPlatform(inject('sandbox'), PLATFORM);
  const [careful, frail] = await Promise.all([platform.parts('careful'), platform.parts(FRAIL)]);
  queues = new Set([...careful.queues, ...frail.queues]);
  const named = (prefix: string, handlers: readonly { name: string; function: string }[]) =>
    handlers.map(({ name, function: fn }) => [`${prefix}${name}`, fn] as const);
  const { stacks } = platform.clients;
  const { StackResources = [] } = await stacks.send(new DescribeStackResourcesCommand({ StackName: PLATFORM }));
  const register = StackResources.find(
    ({ ResourceType, LogicalResourceId }) =>
      ResourceType === 'AWS::Lambda::Function' && LogicalResourceId?.includes('RegistryRegisterModel'),
  );
  functions = new Map([
    ['Registry/RegisterModel', register!.PhysicalResourceId!],
    ...named('', platform.handlers),
    ...named('careful/', careful.handlers),
    ...named('frail/', frail.handlers),
  ]);
});

const fn = (name: string): string => {
  const found = functions.get(name);
  if (!found) throw new Error(`There is no function ${name} among ${[...functions.keys()].join(', ')}.`);
  return found;
};

/** Takes messages from all queues for dead letters until each text has been in one of them. */
async function taken(texts: readonly string[]): Promise<void> {
  const open = new Set(texts);
  const { sqs } = platform.clients;
  await pollUntil(`there are dead letters of ${texts.join(', ')}`, async () => {
    for (const QueueUrl of queues) {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
      for (const { Body = '', ReceiptHandle } of Messages) {
        const of = texts.find((text) => Body.includes(text));
        if (!of) continue;
        open.delete(of);
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
    }
    return open.size === 0 ? true : undefined;
  });
}

describe('what a function fails to take, three times, is kept as a dead letter', () => {
  const send = (name: string) =>
    platform.clients.lambda.send(
      new InvokeCommand({ FunctionName: fn(name), InvocationType: 'Event', Payload: JSON.stringify({ no: 'event' }) }),
    );

  test('events that cannot be read, and those for which the registry fails', async () => {
    const unread = [
      'Ingestion/MakeVersion',
      'Ingestion/RegisterLanding',
      'Audit/Append',
      'careful/Training/Triggers/Start',
      'frail/Training/Triggers/Request',
      'careful/Training/Functions/Close',
      'careful/Release/Triggers/StartRelease',
      'careful/Release/Triggers/SettleRelease',
      'careful/Release/Triggers/SendApproval',
      'careful/Release/Triggers/RequestRelease',
    ];
    const scheduled = [
      'Registry/Changes/Resend',
      'frail/Training/Triggers/Sweep',
      'frail/Release/Triggers/SweepReleases',
      'frail/Release/Reconciler/Reconcile',
    ];
    const caller = scheduled.map(fn).join('|');
    const fault = {
      on: 'request',
      service: 'dynamodb',
      caller,
      fault: 'error',
      error: 'ValidationException',
      times: 0,
    } as const;
    const rules = await platform.faults.set(fault);
    try {
      const all = [...unread, ...scheduled];
      await Promise.all(all.map(send));
      await taken(all.map((name) => `:function:${fn(name)}`));
    } finally {
      await platform.faults.remove(...rules);
    }
  });

  test('a change that cannot be read, while those around it go on', async () => {
    const Item = {
      PK: { S: 'CHANGE#unreadable' },
      SK: { S: 'META' },
      type: { S: 'Run Closed' },
      detail: { S: 'no JSON' },
    };
    await platform.clients.dynamo.send(new PutItemCommand({ TableName: platform.tableName, Item }));
    await taken([`:function:${fn('Registry/Changes/Publish')}`]);
  });
});

test('a change that the stream did not deliver is sent by the next look at what is pending', async () => {
  const { dynamo } = platform.clients;
  const at = { TableName: platform.tableName, Key: { PK: { S: 'CHANGE#undelivered' }, SK: { S: 'META' } } };
  const time = '2026-01-01T00:00:00.000Z';
  const actor = { id: 'arn:aws:iam::000000000000:user/ada', kind: 'person' };
  const detail = { changeId: 'undelivered', time, actor, model: FRAIL, status: 'FAILED' };
  // The stream tells of new items alone, and this one is no change yet.
  await dynamo.send(new PutItemCommand({ TableName: at.TableName, Item: at.Key }));
  await dynamo.send(
    new UpdateItemCommand({
      ...at,
      UpdateExpression: 'SET #type = :type, detail = :detail, GSI2PK = :pending, GSI2SK = :since',
      ExpressionAttributeNames: { '#type': 'type' },
      ExpressionAttributeValues: {
        ':type': { S: 'Run Closed' },
        ':detail': { S: JSON.stringify(detail) },
        ':pending': { S: 'CHANGES#PENDING' },
        ':since': { S: `${time}#undelivered` },
      },
    }),
  );
  expect(await platform.invoke(fn('Registry/Changes/Resend'))).toEqual({ sent: 1 });
  const { Item } = await dynamo.send(new GetItemCommand(at));
  expect(Item).toHaveProperty('publishedAt');
  expect(Item).not.toHaveProperty('GSI2PK');
});

test('a model whose stack describes it anew keeps its record, with the new words', async () => {
  const { model, owner, purpose, riskTier, dataset, endpointName } = await platform.registry.model(FRAIL);
  const own = { model, owner, purpose, riskTier, dataset, endpointName };
  const describeAs = (properties: object) =>
    askAsCloudFormation(platform, fn('Registry/RegisterModel'), {
      RequestType: 'Update',
      ResourceProperties: properties,
    });
  expect(await describeAs({ ...own, purpose: 'another one' })).toMatchObject({ Status: 'SUCCESS' });
  expect((await platform.registry.model(FRAIL)).purpose).toBe('another one');
  expect(await describeAs(own)).toMatchObject({ Status: 'SUCCESS' });
});
