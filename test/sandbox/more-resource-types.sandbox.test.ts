import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { EventBridgeClient, PutEventsCommand, StartReplayCommand } from '@aws-sdk/client-eventbridge';
import { DescribeStateMachineAliasCommand, SFNClient } from '@aws-sdk/client-sfn';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { clientConfig } from '../support/sandbox';
import { eventually } from './support/eventually';
import { Machines } from './support/machines';
import { type DeployedStack, deploy, inlineFunction, rulesMaySend } from './support/stack';

const sandbox = inject('sandbox');
const arn = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });
let stack: DeployedStack;

beforeAll(async () => {
  const Definition = { StartAt: 'Done', States: { Done: { Type: 'Succeed' } } };
  const RoleArn = { 'Fn::Sub': 'arn:aws:iam::${AWS::AccountId}:role/tested' };
  const version = { StateMachineVersionArn: { Ref: 'Version' } };
  const table = { 'Fn::Sub': 'table/${Table}' };
  const resources = {
    Machine: { Type: 'AWS::StepFunctions::StateMachine', Properties: { Definition, RoleArn } },
    Version: { Type: 'AWS::StepFunctions::StateMachineVersion', Properties: { StateMachineArn: { Ref: 'Machine' } } },
    Alias: {
      Type: 'AWS::StepFunctions::StateMachineAlias',
      Properties: { Name: 'live', RoutingConfiguration: [{ ...version, Weight: '100' }] },
    },
    Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'archived' } },
    Archive: {
      Type: 'AWS::Events::Archive',
      Properties: { SourceArn: arn('Bus'), EventPattern: { source: ['kept'] }, RetentionDays: '1' },
    },
    Queue: { Type: 'AWS::SQS::Queue' },
    RulePolicy: rulesMaySend('Queue'),
    Rule: {
      Type: 'AWS::Events::Rule',
      Properties: {
        EventBusName: { Ref: 'Bus' },
        EventPattern: { source: ['kept'] },
        Targets: [{ Id: 'queue', Arn: arn('Queue') }],
      },
    },
    Table: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 },
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      },
    },
    Scaled: {
      Type: 'AWS::ApplicationAutoScaling::ScalableTarget',
      Properties: {
        ServiceNamespace: 'dynamodb',
        ResourceId: table,
        ScalableDimension: 'dynamodb:table:ReadCapacityUnits',
        MinCapacity: '1',
        MaxCapacity: 5,
        RoleARN: RoleArn,
      },
    },
    Policy: {
      Type: 'AWS::ApplicationAutoScaling::ScalingPolicy',
      Properties: {
        PolicyName: 'track',
        PolicyType: 'TargetTrackingScaling',
        ScalingTargetId: { Ref: 'Scaled' },
        TargetTrackingScalingPolicyConfiguration: {
          TargetValue: '70',
          PredefinedMetricSpecification: { PredefinedMetricType: 'DynamoDBReadCapacityUtilization' },
        },
      },
    },
  };
  const outputs = { Alias: { Ref: 'Alias' }, Version: { Ref: 'Version' }, Queue: { Ref: 'Queue' } };
  stack = await deploy(sandbox, 'more-types', resources, { ...outputs, Bus: arn('Bus'), Archive: arn('Archive') });
});
afterAll(() => stack.delete());

describe('CloudFormation', () => {
  it('makes versions and aliases of state machines', async () => {
    const sfn = new SFNClient(clientConfig(sandbox));
    const { Alias: stateMachineAliasArn, Version } = stack.outputs;
    expect(Version).toMatch(/:1$/);
    expect(await sfn.send(new DescribeStateMachineAliasCommand({ stateMachineAliasArn }))).toMatchObject({
      name: 'live',
      routingConfiguration: [{ stateMachineVersionArn: Version, weight: 100 }],
    });
  });

  it('makes archives, whose events can be replayed', async () => {
    const events = new EventBridgeClient(clientConfig(sandbox));
    const sqs = new SQSClient(clientConfig(sandbox));
    const entry = { EventBusName: 'archived', DetailType: 'x', Detail: '{"n":1}' };
    await events.send(
      new PutEventsCommand({
        Entries: [
          { ...entry, Source: 'kept' },
          { ...entry, Source: 'other' },
        ],
      }),
    );
    const received = () =>
      eventually(async () => {
        const receive = { QueueUrl: stack.outputs.Queue, VisibilityTimeout: 60, WaitTimeSeconds: 1 };
        return (await sqs.send(new ReceiveMessageCommand(receive))).Messages?.[0]?.Body;
      });
    expect(JSON.parse(await received())).not.toHaveProperty('replay-name');
    await events.send(
      new StartReplayCommand({
        ReplayName: 'again',
        EventSourceArn: stack.outputs.Archive,
        EventStartTime: new Date(Date.now() - 60_000),
        EventEndTime: new Date(Date.now() + 60_000),
        Destination: { Arn: stack.outputs.Bus },
      }),
    );
    expect(JSON.parse(await received())).toMatchObject({ source: 'kept', 'replay-name': 'again' });
  });

  it('registers what may be scaled, and answers it', async () => {
    const machines = new Machines(sandbox, 'scaling');
    const call = (action: string) => {
      const Resource = `arn:aws:states:::aws-sdk:applicationautoscaling:${action}`;
      const States = { Call: { Type: 'Task', Resource, Arguments: { ServiceNamespace: 'dynamodb' }, End: true } };
      return machines.output({ QueryLanguage: 'JSONata', StartAt: 'Call', States });
    };
    expect(await call('describeScalableTargets')).toMatchObject({
      ScalableTargets: [{ MinCapacity: 1, MaxCapacity: 5 }],
    });
    expect(await call('describeScalingPolicies')).toMatchObject({
      ScalingPolicies: [{ PolicyName: 'track', TargetTrackingScalingPolicyConfiguration: { TargetValue: 70 } }],
    });
  });

  it('refuses types that it has not by name, before anything is made', async () => {
    const resources = { Queue: { Type: 'AWS::SQS::Queue' }, Budget: { Type: 'AWS::Budgets::Budget', Properties: {} } };
    await expect(deploy(sandbox, 'unknown-type', resources, {})).rejects.toThrow('AWS::Budgets::Budget');
  });

  it('fails a custom resource whose function dies, at once and with its reason, and rolls back', async () => {
    const resources = {
      Dies: inlineFunction("throw new TypeError('at start');"),
      Custom: { Type: 'Custom::Dying', Properties: { ServiceToken: arn('Dies') } },
    };
    await expect(deploy(sandbox, 'dying', resources, {})).rejects.toThrow(/Custom: .*failed 3 times.*at start/);
    const cloudFormation = new CloudFormationClient(clientConfig(sandbox));
    const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName: 'dying' }));
    expect(Stacks?.[0]?.StackStatus).toBe('ROLLBACK_COMPLETE');
  });
});
