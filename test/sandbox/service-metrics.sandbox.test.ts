import { CloudWatchClient, GetMetricStatisticsCommand, type Statistic } from '@aws-sdk/client-cloudwatch';
import {
  CloudWatchLogsClient,
  CreateLogStreamCommand,
  PutLogEventsCommand,
  PutMetricFilterCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { type Message, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { clientConfig } from '../support/sandbox';
import { eventually } from './support/eventually';
import { Machines } from './support/machines';
import { type DeployedStack, deploy, inlineFunction, rulesMaySend } from './support/stack';

const sandbox = inject('sandbox');
const cloudWatch = new CloudWatchClient(clientConfig(sandbox));
const logs = new CloudWatchLogsClient(clientConfig(sandbox));
// A throttled call is tried once: each try counts.
const lambda = new LambdaClient({ ...clientConfig(sandbox), maxAttempts: 1 });
const sqs = new SQSClient(clientConfig(sandbox));
const events = new EventBridgeClient(clientConfig(sandbox));
const arn = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });
let stack: DeployedStack;

const METRIC_FILTER = {
  Type: 'AWS::Logs::MetricFilter',
  Properties: {
    LogGroupName: { Ref: 'Group' },
    FilterPattern: '{ ($.level = "ERR*") && ($.ms > 10 || $.slow IS TRUE) }',
    MetricTransformations: [
      { MetricNamespace: 'Filtered', MetricName: 'Errors', MetricValue: '1' },
      {
        MetricNamespace: 'Filtered',
        MetricName: 'Milliseconds',
        MetricValue: '$.ms',
        Dimensions: [{ Key: 'Level', Value: '$.level' }],
      },
    ],
  },
};
beforeAll(async () => {
  const queue = { Type: 'AWS::SQS::Queue' };
  const target = {
    Id: 'gone',
    Arn: { 'Fn::Sub': 'arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:nobody' },
    DeadLetterConfig: { Arn: arn('Buried') },
  };
  const resources = {
    Work: inlineFunction(`exports.handler = async (event) => {
      if (event.ms) await new Promise((done) => setTimeout(done, event.ms));
      if (event.fail) throw new Error('as asked');
    };`),
    Off: inlineFunction('exports.handler = async () => 1;', { ReservedConcurrentExecutions: 0 }),
    Queue: queue,
    Buried: queue,
    BuriedPolicy: rulesMaySend('Buried'),
    Group: { Type: 'AWS::Logs::LogGroup' },
    MetricFilter: METRIC_FILTER,
    Rule: { Type: 'AWS::Events::Rule', Properties: { EventPattern: { source: ['tested'] }, Targets: [target] } },
    NoRetries: {
      Type: 'AWS::Lambda::EventInvokeConfig',
      Properties: { FunctionName: { Ref: 'Work' }, Qualifier: '$LATEST', MaximumRetryAttempts: 0 },
    },
  };
  const named = ['Work', 'Off', 'Queue', 'Buried', 'Group', 'Rule'].map((id) => [id, { Ref: id }]);
  stack = await deploy(sandbox, 'service-metrics', resources, Object.fromEntries(named));
});
afterAll(() => stack.delete());

async function read(
  Namespace: string,
  MetricName: string,
  dimensions: Record<string, string>,
  statistic: Statistic = 'Sum',
) {
  const { Datapoints } = await cloudWatch.send(
    new GetMetricStatisticsCommand({
      Namespace,
      MetricName,
      Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
      StartTime: new Date(Date.now() - 3_600_000),
      EndTime: new Date(Date.now() + 60_000),
      Period: 86_400,
      Statistics: [statistic],
    }),
  );
  return Datapoints?.length ? Math.max(...Datapoints.map((point) => point[statistic]!)) : undefined;
}
/** Waits until the metric has the value. */
const reaches = (value: number, ...what: Parameters<typeof read>) =>
  eventually(async () => {
    const found = await read(...what);
    if (found !== value) throw new Error(`${what[1]} is ${found}, not ${value}`);
    return true;
  });

describe('AWS/Lambda', () => {
  it.concurrent('counts invocations, errors, throttles, what runs at once, and asynchronous events that come and are lost', async () => {
    const { Work, Off } = stack.outputs as Record<string, string>;
    const invoke = (
      FunctionName: string,
      payload: object,
      InvocationType: 'Event' | 'RequestResponse' = 'RequestResponse',
    ) => lambda.send(new InvokeCommand({ FunctionName, InvocationType, Payload: JSON.stringify(payload) }));
    await Promise.all([1, 2, 3].map(() => invoke(Work!, { ms: 700 })));
    await invoke(Work!, { fail: true }, 'Event');
    await invoke(Off!, {}).catch(() => undefined);
    const of = { FunctionName: Work! };
    await reaches(4, 'AWS/Lambda', 'Invocations', of);
    await reaches(1, 'AWS/Lambda', 'Errors', of);
    await reaches(3, 'AWS/Lambda', 'ConcurrentExecutions', of, 'Maximum');
    await reaches(1, 'AWS/Lambda', 'AsyncEventsReceived', of);
    await reaches(1, 'AWS/Lambda', 'AsyncEventsDropped', of);
    await reaches(1, 'AWS/Lambda', 'Throttles', { FunctionName: Off! });
    expect(await read('AWS/Lambda', 'Duration', of, 'Maximum')).toBeGreaterThan(690);
    expect(await read('AWS/Lambda', 'Invocations', {})).toBeGreaterThanOrEqual(4);
  });
});

describe('AWS/States', () => {
  it.concurrent('counts executions by how they end', async () => {
    const machines = new Machines(sandbox, 'counted');
    const fail = { StartAt: 'Fail', States: { Fail: { Type: 'Fail', Error: 'E' } } };
    const executionArn = await machines.start(fail);
    await machines.finished(executionArn);
    const StateMachineArn = executionArn.replace(':execution:', ':stateMachine:').split(':').slice(0, -1).join(':');
    await reaches(1, 'AWS/States', 'ExecutionsStarted', { StateMachineArn });
    await reaches(1, 'AWS/States', 'ExecutionsFailed', { StateMachineArn });
    expect(await read('AWS/States', 'ExecutionTime', { StateMachineArn }, 'Average')).toBeGreaterThan(0);
  });
});

describe('AWS/SQS', () => {
  it.concurrent('tells how many messages lie in a queue and how old they are, once a minute', async () => {
    const QueueUrl = stack.outputs.Queue!;
    const QueueName = QueueUrl.split('/').at(-1)!;
    await Promise.all([1, 2].map(() => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }))));
    await reaches(2, 'AWS/SQS', 'ApproximateNumberOfMessagesVisible', { QueueName }, 'Maximum');
    expect(await read('AWS/SQS', 'ApproximateNumberOfMessagesVisible', { QueueName }, 'SampleCount')).toBeLessThan(3);
    expect(await read('AWS/SQS', 'ApproximateAgeOfOldestMessage', { QueueName }, 'Maximum')).toBeGreaterThanOrEqual(0);
    await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 1 }));
    await reaches(1, 'AWS/SQS', 'ApproximateNumberOfMessagesNotVisible', { QueueName }, 'Maximum');
  });
});

describe('AWS/Events', () => {
  it.concurrent('counts a target that is not there, and its event goes to the dead-letter queue', async () => {
    const Entries = [{ Source: 'tested', DetailType: 'lost', Detail: '{"a":1}' }];
    await events.send(new PutEventsCommand({ Entries }));
    const message = await eventually<Message>(async () => {
      const receive = { QueueUrl: stack.outputs.Buried, MessageAttributeNames: ['All'], WaitTimeSeconds: 1 };
      return (await sqs.send(new ReceiveMessageCommand(receive))).Messages?.[0];
    });
    expect(JSON.parse(message.Body!)).toMatchObject({ 'detail-type': 'lost', detail: { a: 1 } });
    expect(message.MessageAttributes).toMatchObject({
      ERROR_CODE: { StringValue: 'NO_RESOURCE' },
      TARGET_ARN: { StringValue: expect.stringContaining(':nobody') },
    });
    const rule = { RuleName: stack.outputs.Rule!.split('/').at(-1)! };
    await reaches(1, 'AWS/Events', 'FailedInvocations', rule);
    await reaches(1, 'AWS/Events', 'InvocationsSentToDlq', rule);
  });
});

describe('a log group', () => {
  const put = (logStreamName: string, messages: string[]) => {
    const logEvents = messages.map((message) => ({ message, timestamp: Date.now() }));
    return logs.send(new PutLogEventsCommand({ logGroupName: stack.outputs.Group, logStreamName, logEvents }));
  };
  const stream = (logStreamName: string) =>
    logs.send(new CreateLogStreamCommand({ logGroupName: stack.outputs.Group, logStreamName }));

  it.concurrent('makes metrics of events in the embedded metric format, and of bad ones only the count of bad ones', async () => {
    const document = (directive: object, members: object) =>
      JSON.stringify({ _aws: { Timestamp: Date.now(), CloudWatchMetrics: [directive] }, ...members });
    const Metrics = [{ Name: 'latency', Unit: 'Milliseconds', StorageResolution: 1 }, { Name: 'count' }];
    const directive = { Namespace: 'Embedded', Dimensions: [['model'], ['model', 'stage'], []], Metrics };
    const members = { model: 'm', stage: 'prod', latency: [1, 2, 3], count: 5 };
    const second = { Namespace: 'Embedded2', Dimensions: [[]], Metrics: [{ Name: 'count' }] };
    const both = JSON.parse(document(directive, members));
    both._aws.CloudWatchMetrics.push(second);
    await stream('embedded');
    await put('embedded', [
      JSON.stringify(both),
      document(directive, { ...members, stage: undefined }),
      document(directive, { ...members, count: 'five' }),
      document({ ...directive, Metrics: [{ Name: 'count', Unit: 'Furlongs' }] }, members),
      document(directive, members).slice(0, -1),
      'plain text',
    ]);
    await reaches(6, 'Embedded', 'latency', { model: 'm' });
    await reaches(6, 'Embedded', 'latency', { model: 'm', stage: 'prod' });
    await reaches(3, 'Embedded', 'latency', {}, 'SampleCount');
    await reaches(5, 'Embedded', 'count', { model: 'm' });
    await reaches(5, 'Embedded2', 'count', {});
    const LogGroupName = stack.outputs.Group!;
    await reaches(3, 'AWS/Logs', 'EMFValidationErrors', { LogGroupName });
    await reaches(1, 'AWS/Logs', 'EMFParsingErrors', { LogGroupName });
  });

  it.concurrent('makes metrics of events that a metric filter matches', async () => {
    await stream('filtered');
    const lines = [
      { level: 'ERROR', ms: 20 },
      { level: 'ERROR', ms: 5, slow: true },
      { level: 'ERROR', ms: 5 },
      { level: 'INFO', ms: 99 },
    ];
    await put('filtered', [...lines.map((line) => JSON.stringify(line)), 'ERROR in plain text']);
    await reaches(2, 'Filtered', 'Errors', {});
    await reaches(25, 'Filtered', 'Milliseconds', { Level: 'ERROR' });
    const refused = new PutMetricFilterCommand({
      logGroupName: stack.outputs.Group,
      filterName: 'columns',
      filterPattern: '[ip, user]',
      metricTransformations: [],
    });
    await expect(logs.send(refused)).rejects.toThrow('by columns are not supported');
  });
});
