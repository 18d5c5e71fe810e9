import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetMetricStatisticsCommand,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { clientConfig } from '../support/sandbox';
import { eventually } from './support/eventually';
import {
  type DeployedStack,
  deploy,
  inlineFunction,
  rulesMaySend,
  STREAMED_TABLE,
  topicsMaySend,
} from './support/stack';

const sandbox = inject('sandbox');
const lambda = new LambdaClient(clientConfig(sandbox));
const cloudWatch = new CloudWatchClient(clientConfig(sandbox));
const dynamo = new DynamoDBClient(clientConfig(sandbox));
const sqs = new SQSClient(clientConfig(sandbox));
const arn = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });
let stack: DeployedStack;

const ECHO = `exports.handler = async (event) => {
  if (event.metric) console.log(JSON.stringify({ _aws: { Timestamp: Date.now(), CloudWatchMetrics: [
    { Namespace: 'Tested', Dimensions: [['Model']], Metrics: [{ Name: 'Drift' }] }] }, Model: 'm', Drift: event.metric }));
  if (event.fail) throw new TypeError('as asked');
  return { env: process.env, sdk: Object.keys(require('@aws-sdk/client-s3')).includes('S3Client') };
};`;
// Reports the records whose key is 'poison' as failed, and tells the queue what it was given.
const STREAM = `const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs');
exports.handler = async ({ Records }) => {
  const keys = Records.map((r) => r.dynamodb.Keys.pk.S);
  await new SQSClient({}).send(new SendMessageCommand({ QueueUrl: process.env.SEEN, MessageBody: JSON.stringify(keys) }));
  const failed = Records.filter((r) => r.dynamodb.Keys.pk.S === 'poison');
  return { batchItemFailures: failed.map((r) => ({ itemIdentifier: r.dynamodb.SequenceNumber })) };
};`;

const MAPPING = {
  Type: 'AWS::Lambda::EventSourceMapping',
  Properties: {
    EventSourceArn: { 'Fn::GetAtt': ['Table', 'StreamArn'] },
    FunctionName: { Ref: 'Stream' },
    StartingPosition: 'TRIM_HORIZON',
    BatchSize: 10,
    MaximumRetryAttempts: 1,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    DestinationConfig: { OnFailure: { Destination: arn('Lost') } },
  },
};
// Metric math over a function's errors, as CDK writes it.
const ALARM = {
  Type: 'AWS::CloudWatch::Alarm',
  Properties: {
    AlarmName: 'functions-failing',
    Metrics: [
      {
        Id: 'errors',
        ReturnData: false,
        MetricStat: {
          Metric: {
            Namespace: 'AWS/Lambda',
            MetricName: 'Errors',
            Dimensions: [{ Name: 'FunctionName', Value: { Ref: 'Echo' } }],
          },
          Period: 60,
          Stat: 'Sum',
        },
      },
      { Id: 'shown', Expression: 'FILL(errors, 0) * 1', ReturnData: true },
    ],
    Threshold: 1,
    EvaluationPeriods: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    TreatMissingData: 'notBreaching',
    AlarmActions: [{ Ref: 'Topic' }],
  },
};

beforeAll(async () => {
  const resources = {
    Echo: inlineFunction(ECHO),
    Stream: inlineFunction(STREAM, { Environment: { Variables: { SEEN: { Ref: 'Seen' } } } }),
    Seen: { Type: 'AWS::SQS::Queue' },
    Lost: { Type: 'AWS::SQS::Queue' },
    Told: { Type: 'AWS::SQS::Queue' },
    Policy: topicsMaySend('Told'),
    RulePolicy: rulesMaySend('Changes'),
    Changes: { Type: 'AWS::SQS::Queue' },
    Table: STREAMED_TABLE,
    Mapping: MAPPING,
    Topic: { Type: 'AWS::SNS::Topic', Properties: { Subscription: [{ Protocol: 'sqs', Endpoint: arn('Told') }] } },
    Alarm: ALARM,
    Rule: {
      Type: 'AWS::Events::Rule',
      Properties: { EventPattern: { source: ['aws.cloudwatch'] }, Targets: [{ Id: 'queue', Arn: arn('Changes') }] },
    },
  };
  const ref = (id: string) => [id, { Ref: id }];
  const names = ['Echo', 'Seen', 'Lost', 'Told', 'Changes', 'Table'];
  stack = await deploy(sandbox, 'functions', resources, Object.fromEntries(names.map(ref)));
});
afterAll(() => stack.delete());

async function invoke(payload: object) {
  const { Payload, FunctionError } = await lambda.send(
    new InvokeCommand({ FunctionName: stack.outputs.Echo, Payload: JSON.stringify(payload) }),
  );
  return { body: JSON.parse(Buffer.from(Payload!).toString()), FunctionError };
}

function received(queue: string): Promise<Message> {
  return eventually(async () => {
    const { Messages } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: stack.outputs[queue], WaitTimeSeconds: 1 }),
    );
    return Messages?.[0];
  });
}

async function sum(Namespace: string, MetricName: string, dimensions: Record<string, string>): Promise<number> {
  const { Datapoints } = await cloudWatch.send(
    new GetMetricStatisticsCommand({
      Namespace,
      MetricName,
      Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
      StartTime: new Date(Date.now() - 600_000),
      EndTime: new Date(Date.now() + 60_000),
      Period: 3600,
      Statistics: ['Sum'],
    }),
  );
  return (Datapoints ?? []).reduce((total, { Sum }) => total + (Sum ?? 0), 0);
}

describe('a function', () => {
  it("runs in AWS's environment and not in the host's, with the sandbox as its endpoint and its role's session", async () => {
    const { env, sdk } = (await invoke({})).body;
    expect(env).toMatchObject({ AWS_ENDPOINT_URL: sandbox.endpoint, AWS_REGION: sandbox.region, TZ: 'UTC' });
    expect(env.AWS_ACCESS_KEY_ID).toMatch(/^ASIA/);
    const leaked = Object.keys(env).filter((name) =>
      /^(SANDBOX_|MINISTACK_|S3_|STATE_DIR|GATEWAY_|npm_|VITEST)/.test(name),
    );
    expect(leaked).toEqual([]);
    expect(sdk).toBe(true);
  });

  it('reports the type of what it threw', async () => {
    const { body, FunctionError } = await invoke({ fail: true });
    expect(FunctionError).toBe('Unhandled');
    expect(body).toMatchObject({ errorType: 'TypeError', errorMessage: 'as asked' });
  });

  it('is counted once an invocation, errors apart', async () => {
    const FunctionName = stack.outputs.Echo!;
    const before = await sum('AWS/Lambda', 'Invocations', { FunctionName });
    await invoke({});
    await invoke({ fail: true });
    expect(await sum('AWS/Lambda', 'Invocations', { FunctionName })).toBe(before + 2);
    expect(await sum('AWS/Lambda', 'Errors', { FunctionName })).toBeGreaterThanOrEqual(1);
  });

  it('makes metrics by logging in the embedded metric format', async () => {
    await invoke({ metric: 0.25 });
    expect(await sum('Tested', 'Drift', { Model: 'm' })).toBe(0.25);
  });
});

describe('an alarm', () => {
  it('judges its metric math, tells its topic, and its change is an event', async () => {
    await invoke({ fail: true });
    const told = JSON.parse(JSON.parse((await received('Told')).Body!).Message);
    expect(told).toMatchObject({ AlarmName: 'functions-failing', NewStateValue: 'ALARM' });
    const change = JSON.parse((await received('Changes')).Body!);
    expect(change).toMatchObject({
      'detail-type': 'CloudWatch Alarm State Change',
      detail: { alarmName: 'functions-failing', state: { value: expect.any(String) } },
    });
    const { MetricAlarms } = await cloudWatch.send(new DescribeAlarmsCommand({ AlarmNames: ['functions-failing'] }));
    expect(MetricAlarms?.[0]?.StateValue).toBe('ALARM');
  });

  it('takes points that anyone puts', async () => {
    const MetricData = [{ MetricName: 'Put', Value: 3, Dimensions: [{ Name: 'by', Value: 'test' }] }];
    await cloudWatch.send(new PutMetricDataCommand({ Namespace: 'Tested', MetricData }));
    expect(await sum('Tested', 'Put', { by: 'test' })).toBe(3);
  });
});

describe('a table stream', () => {
  it('hands on from the record that failed, and sends what never succeeds to the destination', async () => {
    for (const pk of ['first', 'poison', 'after']) {
      await dynamo.send(new PutItemCommand({ TableName: stack.outputs.Table, Item: { pk: { S: pk } } }));
    }
    const record = JSON.parse((await received('Lost')).Body!);
    expect(record.requestContext.condition).toBe('RetryAttemptsExhausted');
    expect(record.DDBStreamBatchInfo.streamArn).toContain(stack.outputs.Table);
    const seen = new Set<string>(JSON.parse((await received('Seen')).Body!));
    expect(seen).toContain('first');
  });
});
