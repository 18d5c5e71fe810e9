import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudWatchClient, DescribeAlarmHistoryCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { AddPermissionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { PutBucketNotificationConfigurationCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { clientConfig } from '../support/sandbox';
import { eventually } from './support/eventually';
import { type DeployedStack, deploy, inlineFunction, mayInvoke } from './support/stack';

const sandbox = inject('sandbox');
const config = clientConfig(sandbox);
const sqs = new SQSClient(config);
const lambda = new LambdaClient(config);
const SOURCE = 'deliveries';
const arn = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });
const policy = (service: string, Action: string | string[], condition?: object) => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Service: service },
      Action,
      Resource: '*',
      ...(condition && { Condition: condition }),
    },
  ],
});
const mayReceive = (queues: string[], service: string, condition?: object) => ({
  Type: 'AWS::SQS::QueuePolicy',
  Properties: { Queues: queues.map((Ref) => ({ Ref })), PolicyDocument: policy(service, 'sqs:SendMessage', condition) },
});
const TELLS = `const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs');
const client = new SQSClient({});
exports.handler = async (event) => {
  await client.send(new SendMessageCommand({ QueueUrl: process.env.SEEN, MessageBody: JSON.stringify(event) }));
};`;
const TARGETS = ['Queue', 'Topic', 'Function', 'Group'] as const;
const targetArn = (id: string) => (id === 'Topic' ? { Ref: id } : arn(id));
const queue = { Type: 'AWS::SQS::Queue' };
const RESOURCES = {
  Queue: queue,
  Dead: queue,
  ShutDead: queue,
  FromTopic: queue,
  Seen: queue,
  Topic: { Type: 'AWS::SNS::Topic' },
  Group: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/aws/events/deliveries' } },
  Function: inlineFunction(TELLS, { Environment: { Variables: { SEEN: { Ref: 'Seen' } } } }),
  DeadPolicy: mayReceive(['Dead'], 'events.amazonaws.com', { ArnEquals: { 'aws:SourceArn': arn('Rule') } }),
  TopicSends: mayReceive(['FromTopic'], 'sns.amazonaws.com', { ArnEquals: { 'aws:SourceArn': { Ref: 'Topic' } } }),
  ToQueue: {
    Type: 'AWS::SNS::Subscription',
    Properties: { TopicArn: { Ref: 'Topic' }, Protocol: 'sqs', Endpoint: arn('FromTopic'), RawMessageDelivery: true },
  },
  Rule: {
    Type: 'AWS::Events::Rule',
    Properties: {
      EventPattern: { source: [SOURCE] },
      Targets: TARGETS.map((Id) => ({ Id, Arn: targetArn(Id), DeadLetterConfig: { Arn: arn('Dead') } })),
    },
  },
  Shut: {
    Type: 'AWS::Events::Rule',
    Properties: {
      EventPattern: { source: [SOURCE] },
      Targets: [{ Id: 'Queue', Arn: arn('Queue'), DeadLetterConfig: { Arn: arn('ShutDead') } }],
    },
  },
};
const ruleOnly = { ArnEquals: { 'aws:SourceArn': arn('Rule') } };
const POLICIES = {
  QueuePolicy: mayReceive(['Queue'], 'events.amazonaws.com', ruleOnly),
  TopicPolicy: {
    Type: 'AWS::SNS::TopicPolicy',
    Properties: { Topics: [{ Ref: 'Topic' }], PolicyDocument: policy('events.amazonaws.com', 'sns:Publish', ruleOnly) },
  },
  FunctionPolicy: mayInvoke('Function', 'events.amazonaws.com', { SourceArn: arn('Rule') }),
  GroupPolicy: {
    Type: 'AWS::Logs::ResourcePolicy',
    Properties: {
      PolicyName: 'deliveries',
      PolicyDocument: JSON.stringify(policy('events.amazonaws.com', ['logs:CreateLogStream', 'logs:PutLogEvents'])),
    },
  },
};
let stack: DeployedStack;

beforeAll(async () => {
  const ids = ['Queue', 'Dead', 'ShutDead', 'FromTopic', 'Seen', 'Topic', 'Function', 'Group'];
  const outputs = Object.fromEntries(ids.map((id) => [id, { Ref: id }]));
  stack = await deploy(sandbox, 'deliveries', RESOURCES, { ...outputs, FunctionArn: arn('Function') });
});
afterAll(() => stack.delete());

/** Messages of a queue, once there are so many of them. */
async function messages(name: string, count: number): Promise<Message[]> {
  const found: Message[] = [];
  return eventually(async () => {
    const receive = {
      QueueUrl: stack.outputs[name],
      MaxNumberOfMessages: 10,
      VisibilityTimeout: 600,
      MessageAttributeNames: ['All'],
    };
    found.push(...((await sqs.send(new ReceiveMessageCommand(receive))).Messages ?? []));
    return found.length >= count ? found : undefined;
  });
}
async function tell(body: object): Promise<void> {
  const entry = { Source: SOURCE, DetailType: 'told', Detail: JSON.stringify(body) };
  await new EventBridgeClient(config).send(new PutEventsCommand({ Entries: [entry] }));
}
const allow = (Principal: string, SourceArn: string) =>
  lambda.send(
    new AddPermissionCommand({
      FunctionName: stack.outputs.Function,
      StatementId: Principal.replaceAll('.', '-'),
      Action: 'lambda:InvokeFunction',
      Principal,
      SourceArn,
    }),
  );

describe('an event', () => {
  it('goes to the dead-letter queue where no policy of the target lets the rule in, and is lost where that has none either', async () => {
    await tell({ tried: 1 });
    const dead = await messages('Dead', TARGETS.length);
    expect(new Set(dead.map(({ MessageAttributes }) => MessageAttributes!.ERROR_CODE!.StringValue))).toEqual(
      new Set(['NO_PERMISSIONS']),
    );
    const refusals = dead.map(({ MessageAttributes }) => MessageAttributes!.ERROR_MESSAGE!.StringValue).join('\n');
    for (const action of ['sqs:SendMessage', 'sns:Publish', 'lambda:InvokeFunction', 'logs:CreateLogStream']) {
      expect(refusals).toContain(`events.amazonaws.com is not authorized to perform: ${action}`);
    }
    const lost = { QueueUrl: stack.outputs.ShutDead, MaxNumberOfMessages: 10 };
    expect((await sqs.send(new ReceiveMessageCommand(lost))).Messages).toBeUndefined();
  });

  it('reaches each target whose policy names the rule, and no other rule comes through by it', async () => {
    expect((await stack.update({ ...RESOURCES, ...POLICIES })).status).toBe('UPDATE_COMPLETE');
    await tell({ tried: 2 });
    for (const name of ['Queue', 'FromTopic', 'Seen']) {
      expect((await messages(name, 1)).map(({ Body }) => JSON.parse(Body!).detail)).toEqual([{ tried: 2 }]);
    }
    const logged = await eventually(async () => {
      const filter = new FilterLogEventsCommand({ logGroupName: stack.outputs.Group });
      const { events } = await new CloudWatchLogsClient(config).send(filter);
      return events?.length ? events : undefined;
    });
    expect(logged.map(({ message }) => JSON.parse(message!).detail)).toEqual([{ tried: 2 }]);
  });
});

describe('a function', () => {
  it('is called by a topic that its policy names', async () => {
    const sns = new SNSClient(config);
    const publish = (Message: string) => sns.send(new PublishCommand({ TopicArn: stack.outputs.Topic, Message }));
    const ToFunction = {
      Type: 'AWS::SNS::Subscription',
      Properties: { TopicArn: { Ref: 'Topic' }, Protocol: 'lambda', Endpoint: arn('Function') },
    };
    await stack.update({ ...RESOURCES, ...POLICIES, ToFunction });
    await publish('refused');
    const log = join(sandbox.stateDir, 'sandbox.log');
    const refusal = 'sns.amazonaws.com is not authorized to perform: lambda:InvokeFunction';
    await eventually(async () => (readFileSync(log, 'utf8').includes(refusal) ? true : undefined));
    await allow('sns.amazonaws.com', stack.outputs.Topic!);
    await publish('allowed');
    const [seen] = await messages('Seen', 1);
    expect(JSON.parse(seen!.Body!).Records[0].Sns.Message).toBe('allowed');
  });

  it('is no destination of a bucket until its policy lets the bucket in', async () => {
    const Bucket = 'deliveries';
    const s3 = new S3Client({ ...config, forcePathStyle: true });
    const LambdaFunctionConfigurations = [
      { LambdaFunctionArn: stack.outputs.FunctionArn!, Events: ['s3:ObjectCreated:*' as const] },
    ];
    const notify = () =>
      s3.send(
        new PutBucketNotificationConfigurationCommand({
          Bucket,
          NotificationConfiguration: { LambdaFunctionConfigurations },
        }),
      );
    const bucket = await deploy(
      sandbox,
      'deliveries-bucket',
      { B: { Type: 'AWS::S3::Bucket', Properties: { BucketName: Bucket } } },
      {},
    );
    await expect(notify()).rejects.toThrow('Unable to validate the following destination configurations');
    await allow('s3.amazonaws.com', `arn:aws:s3:::${Bucket}`);
    await notify();
    await s3.send(new PutObjectCommand({ Bucket, Key: 'made', Body: 'x' }));
    const [seen] = await messages('Seen', 1);
    expect(JSON.parse(seen!.Body!).Records[0].s3.object.key).toBe('made');
    await bucket.delete();
  });
});

it('an alarm tells a topic only where the topic’s policy lets CloudWatch in, as a topic’s first policy does', async () => {
  const cloudWatch = new CloudWatchClient(config);
  const alarm = {
    Namespace: 'deliveries',
    MetricName: 'none',
    ComparisonOperator: 'GreaterThanThreshold',
    EvaluationPeriods: 1,
    Period: 60,
    Statistic: 'Sum',
    Threshold: 1,
  };
  const resources = {
    Open: { Type: 'AWS::SNS::Topic' },
    Shut: { Type: 'AWS::SNS::Topic' },
    ShutPolicy: {
      Type: 'AWS::SNS::TopicPolicy',
      Properties: { Topics: [{ Ref: 'Shut' }], PolicyDocument: policy('events.amazonaws.com', 'sns:Publish') },
    },
    Alarm: {
      Type: 'AWS::CloudWatch::Alarm',
      Properties: { ...alarm, AlarmName: 'deliveries', AlarmActions: [{ Ref: 'Open' }, { Ref: 'Shut' }] },
    },
  };
  const alarms = await deploy(sandbox, 'deliveries-alarm', resources, { Open: { Ref: 'Open' }, Shut: { Ref: 'Shut' } });
  await cloudWatch.send(new SetAlarmStateCommand({ AlarmName: 'deliveries', StateValue: 'ALARM', StateReason: 'x' }));
  const actions = await eventually(async () => {
    const history = new DescribeAlarmHistoryCommand({ AlarmName: 'deliveries', HistoryItemType: 'Action' });
    const { AlarmHistoryItems } = await cloudWatch.send(history);
    return AlarmHistoryItems!.length > 1 ? AlarmHistoryItems!.map((item) => item.HistorySummary) : undefined;
  });
  expect(actions).toContain(`Successfully executed action ${alarms.outputs.Open}`);
  expect(actions.join('\n')).toContain(`Failed to execute action ${alarms.outputs.Shut}`);
  await alarms.delete();
});

it('an HTTP API answers 500 where its function’s policy does not let it in', async () => {
  const resources = {
    Function: inlineFunction('exports.handler = async () => ({ statusCode: 200, body: "called" });'),
    Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'deliveries', ProtocolType: 'HTTP' } },
    Stage: {
      Type: 'AWS::ApiGatewayV2::Stage',
      Properties: { ApiId: { Ref: 'Api' }, StageName: '$default', AutoDeploy: true },
    },
    Integration: {
      Type: 'AWS::ApiGatewayV2::Integration',
      Properties: {
        ApiId: { Ref: 'Api' },
        IntegrationType: 'AWS_PROXY',
        IntegrationUri: arn('Function'),
        PayloadFormatVersion: '2.0',
      },
    },
    ...Object.fromEntries(
      ['open', 'shut'].map((path) => [
        `Route${path}`,
        {
          Type: 'AWS::ApiGatewayV2::Route',
          Properties: {
            ApiId: { Ref: 'Api' },
            RouteKey: `GET /${path}/{id}`,
            Target: { 'Fn::Sub': 'integrations/${Integration}' },
          },
        },
      ]),
    ),
    Permission: mayInvoke('Function', 'apigateway.amazonaws.com', {
      SourceArn: { 'Fn::Sub': 'arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*/*/open/{id}' },
    }),
  };
  const api = await deploy(sandbox, 'deliveries-api', resources, { Api: { Ref: 'Api' } });
  const ask = async (path: string) => {
    const answer = await fetch(`${sandbox.endpoint}/_aws/execute-api/${api.outputs.Api}/$default/${path}`);
    return [answer.status, await answer.text()];
  };
  expect(await ask('open/1')).toEqual([200, 'called']);
  expect(await ask('shut/1')).toEqual([500, '{"message": "Internal Server Error"}']);
  await api.delete();
});
