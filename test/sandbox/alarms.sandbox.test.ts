import {
  CloudWatchClient,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  DisableAlarmActionsCommand,
  type MetricDatum,
  PutCompositeAlarmCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmInput,
  PutMetricDataCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { clientConfig } from '../support/sandbox';
import { eventually } from './support/eventually';
import { type DeployedStack, deploy, inlineFunction, mayInvoke, rulesMaySend, topicsMaySend } from './support/stack';

const sandbox = inject('sandbox');
const cloudWatch = new CloudWatchClient(clientConfig(sandbox));
const sqs = new SQSClient(clientConfig(sandbox));
const Namespace = 'Alarms';
const arn = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });
const FORWARD = `const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs');
exports.handler = (event) => new SQSClient({}).send(
  new SendMessageCommand({ QueueUrl: process.env.QUEUE, MessageBody: JSON.stringify(event) }));`;
let stack: DeployedStack;
beforeAll(async () => {
  const queue = { Type: 'AWS::SQS::Queue' };
  const resources = {
    Told: queue,
    Called: queue,
    Changes: queue,
    Quiet: queue,
    Policy: topicsMaySend('Told', 'Quiet'),
    RulePolicy: rulesMaySend('Changes'),
    CalledByAlarms: mayInvoke('Function', 'lambda.alarms.cloudwatch.amazonaws.com'),
    Topic: { Type: 'AWS::SNS::Topic', Properties: { Subscription: [{ Protocol: 'sqs', Endpoint: arn('Told') }] } },
    Hushed: { Type: 'AWS::SNS::Topic', Properties: { Subscription: [{ Protocol: 'sqs', Endpoint: arn('Quiet') }] } },
    Function: inlineFunction(FORWARD, { Environment: { Variables: { QUEUE: { Ref: 'Called' } } } }),
    Rule: {
      Type: 'AWS::Events::Rule',
      Properties: {
        EventPattern: { 'detail-type': ['CloudWatch Alarm State Change'], detail: { alarmName: ['two-of-three'] } },
        Targets: [{ Id: 'queue', Arn: arn('Changes') }],
      },
    },
  };
  const named = Object.keys(resources).map((id) => [id, { Ref: id }]);
  stack = await deploy(sandbox, 'alarms', resources, { ...Object.fromEntries(named), FunctionArn: arn('Function') });
});
afterAll(() => stack.delete());

/** Puts values into past minutes: the last is the minute before this one; undefined leaves a minute without data. */
function put(MetricName: string, values: (number | undefined)[], extra: MetricDatum = { MetricName }) {
  const MetricData = values.flatMap((Value, at) => {
    const Timestamp = new Date(Date.now() - (values.length - at) * 60_000);
    return Value === undefined ? [] : [{ Value, Timestamp, ...extra, MetricName }];
  });
  return cloudWatch.send(new PutMetricDataCommand({ Namespace, MetricData }));
}

function alarm(AlarmName: string, given: Partial<PutMetricAlarmInput>) {
  const common = { ComparisonOperator: 'GreaterThanThreshold', Threshold: 5, EvaluationPeriods: 1 } as const;
  const metric = given.Metrics ? {} : { Namespace, MetricName: AlarmName, Period: 60, Statistic: 'Maximum' as const };
  return cloudWatch.send(new PutMetricAlarmCommand({ AlarmName, ...common, ...metric, ...given }));
}

function inState(name: string, state: string) {
  return eventually(async () => {
    const AlarmTypes = ['MetricAlarm', 'CompositeAlarm'] as const;
    const found = await cloudWatch.send(new DescribeAlarmsCommand({ AlarmNames: [name], AlarmTypes: [...AlarmTypes] }));
    const [described] = [...found.MetricAlarms!, ...found.CompositeAlarms!];
    return described?.StateValue === state ? described : undefined;
  });
}

function received(queue: string, WaitTimeSeconds = 1) {
  return sqs.send(new ReceiveMessageCommand({ QueueUrl: stack.outputs[queue], WaitTimeSeconds }));
}
const message = (queue: string) => eventually(async () => (await received(queue)).Messages?.[0]?.Body);

describe('an alarm', () => {
  it('that is two out of three tells its topic, its function and the event bus, in the form that AWS does', async () => {
    await put('two-of-three', [9, undefined, 8, 1]);
    const actions = [stack.outputs.Topic!, stack.outputs.FunctionArn!];
    const Dimensions: never[] = [];
    await alarm('two-of-three', { EvaluationPeriods: 3, DatapointsToAlarm: 2, AlarmActions: actions, Dimensions });
    await inState('two-of-three', 'ALARM');

    const { Subject, Message } = JSON.parse(await message('Told'));
    const told = JSON.parse(Message);
    expect(Subject).toBe('ALARM: "two-of-three" in US East (N. Virginia)');
    expect(told).toMatchObject({
      AlarmName: 'two-of-three',
      OldStateValue: 'INSUFFICIENT_DATA',
      Region: 'US East (N. Virginia)',
      AlarmArn: expect.stringContaining(':alarm:two-of-three'),
      StateChangeTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/),
      Trigger: { MetricName: 'two-of-three', StatisticType: 'Statistic', Statistic: 'MAXIMUM', DatapointsToAlarm: 2 },
    });
    expect(told.NewStateReason).toMatch(
      /^Threshold Crossed: 2 out of the last 3 datapoints \[8\.0 \(.*\), 9\.0 \(.*\)\] were greater than the threshold \(5\.0\) \(minimum 2 datapoints for OK -> ALARM transition\)\.$/,
    );

    const event = JSON.parse(await message('Changes'));
    expect(event).toMatchObject({
      source: 'aws.cloudwatch',
      resources: [told.AlarmArn],
      detail: {
        state: { value: 'ALARM', reason: told.NewStateReason },
        previousState: { value: 'INSUFFICIENT_DATA' },
        configuration: { metrics: [{ metricStat: { metric: { name: 'two-of-three' }, period: 60, stat: 'Maximum' } }] },
      },
    });
    expect(JSON.parse(event.detail.state.reasonData)).toMatchObject({ threshold: 5, recentDatapoints: [9, 8, 1] });

    expect(JSON.parse(await message('Called'))).toMatchObject({
      source: 'aws.cloudwatch',
      alarmArn: told.AlarmArn,
      alarmData: { alarmName: 'two-of-three', state: { value: 'ALARM' } },
    });
    const { AlarmHistoryItems } = await cloudWatch.send(new DescribeAlarmHistoryCommand({ AlarmName: 'two-of-three' }));
    const kinds = AlarmHistoryItems!.map(({ HistoryItemType }) => HistoryItemType);
    expect(kinds.sort()).toEqual(['Action', 'Action', 'ConfigurationUpdate', 'StateUpdate']);
  });

  it.concurrent('on metric math needs its metrics to be there, in the expression and in the request', async () => {
    await put('errors', [4]);
    await put('calls', [8]);
    const stat = (Id: string) => ({
      Id,
      ReturnData: false,
      MetricStat: { Metric: { Namespace, MetricName: Id }, Period: 60, Stat: 'Sum' },
    });
    const Metrics = [stat('errors'), stat('calls'), { Id: 'share', Expression: '100 * errors / calls' }];
    await alarm('math', { Metrics, Threshold: 49 });
    expect(await inState('math', 'ALARM')).toMatchObject({ Metrics: [{}, {}, { Expression: '100 * errors / calls' }] });
    const refused = (Expression: string) => alarm('refused', { Metrics: [stat('errors'), { Id: 'e', Expression }] });
    await expect(refused('errors / missing')).rejects.toThrow('no metric or expression has the Id missing');
    await expect(refused('ANOMALY_DETECTION_BAND(errors, 2)')).rejects.toThrow(
      'ANOMALY_DETECTION_BAND() is not supported',
    );
    await expect(refused("SUM(SEARCH('{Alarms} x', 'Sum', 60))")).rejects.toThrow('SEARCH() is not supported');
  });

  it.concurrent('on a percentile ignores too few samples where it is told so', async () => {
    await put('few', [9]);
    await put('few-ignored', [9]);
    const percentile = { Statistic: undefined, ExtendedStatistic: 'p90' };
    await alarm('few-ignored', { ...percentile, EvaluateLowSampleCountPercentile: 'ignore' });
    await alarm('few', percentile);
    await inState('few', 'ALARM');
    expect(await inState('few-ignored', 'INSUFFICIENT_DATA')).toMatchObject({
      ExtendedStatistic: 'p90',
      EvaluateLowSampleCountPercentile: 'ignore',
    });
  });

  it.concurrent('counts values of its unit and its dimensions only', async () => {
    await put('units', [9], { MetricName: 'units', Unit: 'Seconds', Dimensions: [{ Name: 'a', Value: 'b' }] });
    const Dimensions = [{ Name: 'a', Value: 'b' }];
    await alarm('units', { MetricName: 'units', Unit: 'Seconds', Dimensions });
    await alarm('other-unit', { MetricName: 'units', Unit: 'Count', Dimensions, TreatMissingData: 'notBreaching' });
    await alarm('no-dimension', { MetricName: 'units', TreatMissingData: 'breaching', Threshold: 100 });
    await Promise.all([inState('units', 'ALARM'), inState('other-unit', 'OK'), inState('no-dimension', 'ALARM')]);
  });

  it.concurrent('acts on a state that is set, unless its actions are disabled', async () => {
    await alarm('set', { AlarmActions: [stack.outputs.Hushed!] });
    await cloudWatch.send(new DisableAlarmActionsCommand({ AlarmNames: ['set'] }));
    const ALARM = { AlarmName: 'set', StateValue: 'ALARM', StateReason: 'a test' } as const;
    await cloudWatch.send(new SetAlarmStateCommand(ALARM));
    expect(await inState('set', 'INSUFFICIENT_DATA')).toMatchObject({ ActionsEnabled: false });
    expect((await received('Quiet', 0)).Messages).toBeUndefined();
  });
});

describe('a composite alarm', () => {
  const set = (AlarmName: string, StateValue: 'ALARM' | 'OK') =>
    cloudWatch.send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason: 'a test' }));
  // A composite of constants keeps the state that is set: no metric moves it.
  const constant = (AlarmName: string) =>
    cloudWatch.send(new PutCompositeAlarmCommand({ AlarmName, AlarmRule: 'FALSE' }));

  it('follows its rule, and holds its actions while another alarm suppresses them', async () => {
    await Promise.all(['left', 'right', 'maintenance'].map(constant));
    await cloudWatch.send(
      new PutCompositeAlarmCommand({
        AlarmName: 'both',
        AlarmRule: 'ALARM(left) AND NOT (OK("right") OR INSUFFICIENT_DATA(right))',
        AlarmActions: [stack.outputs.Hushed!],
        ActionsSuppressor: 'maintenance',
        ActionsSuppressorWaitPeriod: 1,
        ActionsSuppressorExtensionPeriod: 1,
      }),
    );
    await inState('both', 'OK');
    await set('maintenance', 'ALARM');
    await set('left', 'ALARM');
    await inState('both', 'OK');
    await set('right', 'ALARM');
    await eventually(
      async () => ((await inState('both', 'ALARM')) as { ActionsSuppressedBy?: string }).ActionsSuppressedBy,
    );
    expect((await received('Quiet')).Messages).toBeUndefined();
    await set('maintenance', 'OK');
    const told = JSON.parse(JSON.parse(await message('Quiet')).Message);
    expect(told).toMatchObject({ AlarmName: 'both', NewStateValue: 'ALARM', AlarmRule: expect.any(String) });
    expect(told.TriggeringChildren.map(({ Arn }: { Arn: string }) => Arn.split(':').at(-1)).sort()).toEqual([
      'left',
      'right',
    ]);
  });

  it('is refused where its rule is wrong', async () => {
    const refused = (AlarmRule: string) =>
      cloudWatch.send(new PutCompositeAlarmCommand({ AlarmName: 'refused', AlarmRule }));
    await expect(refused('ALARM(left')).rejects.toThrow('Error in AlarmRule');
    await expect(refused('ALARM(nobody)')).rejects.toThrow('do not exist');
  });
});
