import { CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  GetResourcePolicyCommand,
} from '@aws-sdk/client-dynamodb';
import { DescribeEventBusCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { GetFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLoggingCommand,
  GetBucketTaggingCommand,
  GetObjectLockConfigurationCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { ListServiceQuotasCommand, ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { DescribeStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { GetTopicAttributesCommand, SNSClient } from '@aws-sdk/client-sns';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { clientConfig } from '../support/sandbox';
import { type DeployedStack, deploy, inlineFunction } from './support/stack';

const sandbox = inject('sandbox');
const config = clientConfig(sandbox);
const s3 = new S3Client(config);
const dynamo = new DynamoDBClient(config);
const arn = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });
let out: Record<string, string>;
let stack: DeployedStack;

const BUCKET = {
  Type: 'AWS::S3::Bucket',
  Properties: {
    ObjectLockEnabled: true,
    ObjectLockConfiguration: {
      ObjectLockEnabled: 'Enabled',
      Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 7 } },
    },
    VersioningConfiguration: { Status: 'Enabled' },
    BucketEncryption: {
      ServerSideEncryptionConfiguration: [
        {
          BucketKeyEnabled: true,
          ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: arn('Key') },
        },
      ],
    },
    LifecycleConfiguration: {
      Rules: [{ Id: 'old', Status: 'Enabled', NoncurrentVersionExpiration: { NoncurrentDays: 30 } }],
    },
    LoggingConfiguration: { LogFilePrefix: 'access/' },
    Tags: [{ Key: 'project', Value: 'tested' }],
  },
};
const TABLE = {
  Type: 'AWS::DynamoDB::Table',
  Properties: {
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: arn('Key') },
    ResourcePolicy: {
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Deny', Principal: '*', Action: 'dynamodb:DeleteItem', Resource: '*' }],
      },
    },
  },
};

beforeAll(async () => {
  const resources = {
    Key: {
      Type: 'AWS::KMS::Key',
      Properties: { EnableKeyRotation: true, KeyPolicy: { Version: '2012-10-17', Statement: [] } },
    },
    Bucket: BUCKET,
    Table: TABLE,
    Dead: { Type: 'AWS::SQS::Queue' },
    Function: inlineFunction('exports.handler = async () => 1', {
      DeadLetterConfig: { TargetArn: arn('Dead') },
      ReservedConcurrentExecutions: 3,
      KmsKeyArn: arn('Key'),
    }),
    Topic: { Type: 'AWS::SNS::Topic', Properties: { KmsMasterKeyId: { Ref: 'Key' } } },
    Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'stacks-tested', KmsKeyIdentifier: arn('Key') } },
    Policy: {
      Type: 'AWS::Events::EventBusPolicy',
      Properties: {
        EventBusName: { Ref: 'Bus' },
        StatementId: 'one',
        Statement: { Effect: 'Deny', Principal: '*', Action: 'events:PutEvents', Resource: arn('Bus') },
      },
    },
    Machine: {
      Type: 'AWS::StepFunctions::StateMachine',
      Properties: {
        RoleArn: { 'Fn::Sub': 'arn:aws:iam::${AWS::AccountId}:role/tested' },
        DefinitionString: '{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}',
        LoggingConfiguration: { Level: 'ERROR', IncludeExecutionData: false },
        TracingConfiguration: { Enabled: true },
      },
    },
    Composite: {
      Type: 'AWS::CloudWatch::CompositeAlarm',
      Properties: { AlarmName: 'stacks-composite', AlarmRule: 'FALSE' },
    },
  };
  const ids = ['Bucket', 'Table', 'Function', 'Topic', 'Bus', 'Machine'];
  const outputs = Object.fromEntries(ids.map((id) => [id, { Ref: id }]));
  stack = await deploy(sandbox, 'stacks', resources, { ...outputs, KeyArn: arn('Key') });
  out = stack.outputs;
});
afterAll(() => stack.delete());

describe('CloudFormation keeps the properties', () => {
  it('of a bucket', async () => {
    const of = { Bucket: out.Bucket };
    const encryption = await s3.send(new GetBucketEncryptionCommand(of));
    expect(encryption.ServerSideEncryptionConfiguration?.Rules).toEqual([
      {
        ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: out.KeyArn },
        BucketKeyEnabled: true,
      },
    ]);
    expect((await s3.send(new GetBucketTaggingCommand(of))).TagSet).toContainEqual({ Key: 'project', Value: 'tested' });
    const lock = await s3.send(new GetObjectLockConfigurationCommand(of));
    expect(lock.ObjectLockConfiguration?.Rule?.DefaultRetention).toEqual({ Mode: 'GOVERNANCE', Days: 7 });
    const { Rules } = await s3.send(new GetBucketLifecycleConfigurationCommand(of));
    expect(Rules).toMatchObject([{ ID: 'old', NoncurrentVersionExpiration: { NoncurrentDays: 30 } }]);
    const { LoggingEnabled } = await s3.send(new GetBucketLoggingCommand(of));
    expect(LoggingEnabled).toMatchObject({ TargetBucket: out.Bucket, TargetPrefix: 'access/' });
  });

  it('of a table', async () => {
    const of = { TableName: out.Table };
    const { TimeToLiveDescription } = await dynamo.send(new DescribeTimeToLiveCommand(of));
    expect(TimeToLiveDescription).toEqual({ AttributeName: 'ttl', TimeToLiveStatus: 'ENABLED' });
    const { ContinuousBackupsDescription } = await dynamo.send(new DescribeContinuousBackupsCommand(of));
    expect(ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus).toBe('ENABLED');
    const { Table } = await dynamo.send(new DescribeTableCommand(of));
    expect(Table?.SSEDescription?.KMSMasterKeyArn).toBe(out.KeyArn);
    const { Policy } = await dynamo.send(new GetResourcePolicyCommand({ ResourceArn: Table?.TableArn }));
    expect(JSON.parse(Policy!).Statement).toMatchObject([{ Effect: 'Deny', Action: 'dynamodb:DeleteItem' }]);
  });

  it('of a function', async () => {
    const found = await new LambdaClient(config).send(new GetFunctionCommand({ FunctionName: out.Function }));
    expect(found.Configuration?.DeadLetterConfig?.TargetArn).toMatch(/Dead/);
    expect(found.Configuration?.KMSKeyArn).toBe(out.KeyArn);
    expect(found.Concurrency?.ReservedConcurrentExecutions).toBe(3);
  });

  it('of topics, buses, state machines and composite alarms', async () => {
    const topic = await new SNSClient(config).send(new GetTopicAttributesCommand({ TopicArn: out.Topic }));
    expect(topic.Attributes?.KmsMasterKeyId).toBeTruthy();
    const bus = await new EventBridgeClient(config).send(new DescribeEventBusCommand({ Name: out.Bus }));
    expect(bus.KmsKeyIdentifier).toBe(out.KeyArn);
    expect(JSON.parse(bus.Policy!).Statement).toMatchObject([{ Sid: 'one', Effect: 'Deny' }]);
    const describe = new DescribeStateMachineCommand({ stateMachineArn: out.Machine });
    const machine = await new SFNClient(config).send(describe);
    expect(machine.loggingConfiguration).toEqual({ level: 'ERROR', includeExecutionData: false });
    expect(machine.tracingConfiguration).toEqual({ enabled: true });
    const alarms = new DescribeAlarmsCommand({ AlarmNames: ['stacks-composite'], AlarmTypes: ['CompositeAlarm'] });
    expect((await new CloudWatchClient(config).send(alarms)).CompositeAlarms?.[0]?.AlarmRule).toBe('FALSE');
  });
});

it('refuses a resource type that is not there, by its name', async () => {
  const TemplateBody = JSON.stringify({ Resources: { Ship: { Type: 'AWS::GroundStation::Config' } } });
  const created = new CloudFormationClient(config).send(new CreateStackCommand({ StackName: 'refused', TemplateBody }));
  await expect(created).rejects.toThrow('AWS::GroundStation::Config');
});

it('refuses to delete a protected table, as AWS does', async () => {
  const table = {
    ...TABLE,
    Properties: { ...TABLE.Properties, SSESpecification: undefined, DeletionProtectionEnabled: true },
  };
  const guarded = await deploy(sandbox, 'guarded', { Table: table }, { Table: { Ref: 'Table' } });
  await guarded.delete();
  const { Table } = await dynamo.send(new DescribeTableCommand({ TableName: guarded.outputs.Table }));
  expect(Table?.DeletionProtectionEnabled).toBe(true);
});

it("lists quotas for SageMaker's instances", async () => {
  const client = new ServiceQuotasClient(config);
  const { Quotas, NextToken } = await client.send(
    new ListServiceQuotasCommand({ ServiceCode: 'sagemaker', MaxResults: 50 }),
  );
  expect(Quotas).toHaveLength(50);
  expect(NextToken).toBeTruthy();
  expect(Quotas?.map(({ QuotaName }) => QuotaName)).toContain('ml.m5.large for training job usage');
});
