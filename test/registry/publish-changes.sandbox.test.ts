import { QueryCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBRecord } from 'aws-lambda';
import { applySandboxEnv } from 'cdk-mlops-sandbox';
import { beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { EVENT_SOURCE } from '../../lib/registry/contract';
import { clientConfig } from '../support/sandbox';
import { ADA, changesOf, MODEL, newRegistry } from './table';

const sandbox = inject('sandbox');
const config = clientConfig(sandbox);
const BUS = 'registry-publish-test';
let queueUrl: string;

/** A bus with a queue behind it that hears everything of the registry. */
beforeAll(async () => {
  const events = new EventBridgeClient(config);
  await events.send(new CreateEventBusCommand({ Name: BUS }));
  const pattern = JSON.stringify({ source: [EVENT_SOURCE] });
  await events.send(new PutRuleCommand({ Name: BUS, EventBusName: BUS, EventPattern: pattern }));
  const Arn = `arn:aws:sqs:${sandbox.region}:${sandbox.accountId}:${BUS}`;
  const Principal = { Service: 'events.amazonaws.com' };
  const Statement = [{ Effect: 'Allow', Principal, Action: 'sqs:SendMessage', Resource: Arn }];
  const Attributes = { Policy: JSON.stringify({ Version: '2012-10-17', Statement }) };
  const { QueueUrl } = await new SQSClient(config).send(new CreateQueueCommand({ QueueName: BUS, Attributes }));
  queueUrl = QueueUrl!;
  await events.send(new PutTargetsCommand({ Rule: BUS, EventBusName: BUS, Targets: [{ Id: 'queue', Arn }] }));
});

describe('the stream of changes', () => {
  it('reaches the bus, and leaves nothing pending; other items and other events pass by', async () => {
    const { tableName, client, open } = await newRegistry(sandbox);
    const store = open();
    await store.registerModel(MODEL, ADA);
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName: tableName,
        IndexName: 'GSI2',
        KeyConditionExpression: 'GSI2PK = :pending',
        ExpressionAttributeValues: { ':pending': { S: 'CHANGES#PENDING' } },
      }),
    );
    const record = { eventName: 'INSERT', dynamodb: { SequenceNumber: '1', NewImage: Items[0] } } as DynamoDBRecord;
    const other = { eventName: 'INSERT', dynamodb: { NewImage: { PK: { S: 'MODEL#credit' } } } } as DynamoDBRecord;
    const modified = { ...record, eventName: 'MODIFY' } as DynamoDBRecord;

    applySandboxEnv(sandbox);
    vi.stubEnv('REGISTRY_TABLE', tableName);
    vi.stubEnv('REGISTRY_BUS', BUS);
    const { handler } = await import('../../lambdas/registry/publish-changes.lambda');
    expect(await handler({ Records: [record, other, modified] })).toEqual({ batchItemFailures: [] });

    const receive = new ReceiveMessageCommand({ QueueUrl: queueUrl, WaitTimeSeconds: 10, MaxNumberOfMessages: 10 });
    const { Messages = [] } = await new SQSClient(config).send(receive);
    expect(Messages.map(({ Body }) => JSON.parse(Body!))).toMatchObject([
      { source: EVENT_SOURCE, 'detail-type': 'Model Registered', detail: { model: 'credit', actor: ADA } },
    ]);
    expect(await changesOf(store)).toEqual([]);
  });
});
