/** One resource of each type that our stacks hold, before and after an update in place: one table, so over 300 lines. */
import { inlineFunction } from './stack';

const arn = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });
const ref = (id: string) => ({ Ref: id });
const tags = (value: string, more: object[] = []) => [{ Key: 'state', Value: value }, ...more];
const OLD_TAG = { Key: 'old', Value: 'yes' };
const statement = (actions: string[], more: object = {}) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: actions, Resource: '*', ...more }],
});
const trust = (...services: string[]) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: services } }],
});
const policyFor = (service: string, action: string) => statement([action], { Principal: { Service: service } });
const definition = (end: string) => JSON.stringify({ StartAt: end, States: { [end]: { Type: 'Succeed' } } });
const keyPolicy = (...actions: string[]) =>
  statement(['kms:*', ...actions], { Principal: { AWS: { 'Fn::Sub': 'arn:aws:iam::${AWS::AccountId}:root' } } });

/** Type, properties before, properties after: what is missing after was taken out. */
const CASES: Record<string, [type: string, before: object, after: object]> = {
  Key: [
    'AWS::KMS::Key',
    { Description: 'before', EnableKeyRotation: false, KeyPolicy: keyPolicy(), Tags: tags('a', [OLD_TAG]) },
    { Description: 'after', EnableKeyRotation: true, KeyPolicy: keyPolicy('kms:Sign'), Tags: tags('b') },
  ],
  Bucket: [
    'AWS::S3::Bucket',
    {
      VersioningConfiguration: { Status: 'Enabled' },
      LifecycleConfiguration: { Rules: [{ Id: 'a', Status: 'Enabled', ExpirationInDays: 3, Prefix: 'a/' }] },
      LoggingConfiguration: { LogFilePrefix: 'log/' },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      Tags: tags('a', [OLD_TAG]),
    },
    {
      VersioningConfiguration: { Status: 'Suspended' },
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy: true },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          { ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: arn('Key') } },
        ],
      },
      Tags: tags('b'),
    },
  ],
  BucketPolicy: [
    'AWS::S3::BucketPolicy',
    { Bucket: ref('Bucket'), PolicyDocument: policyFor('logging.s3.amazonaws.com', 's3:PutObject') },
    { Bucket: ref('Bucket'), PolicyDocument: policyFor('logging.s3.amazonaws.com', 's3:GetObject') },
  ],
  Table: [
    'AWS::DynamoDB::Table',
    {
      BillingMode: 'PROVISIONED',
      ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 },
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
      Tags: tags('a', [OLD_TAG]),
    },
    {
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'by', AttributeType: 'S' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'by',
          KeySchema: [{ AttributeName: 'by', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
      StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
      TableClass: 'STANDARD_INFREQUENT_ACCESS',
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: arn('Key') },
      Tags: tags('b'),
    },
  ],
  Dead: [
    'AWS::SQS::Queue',
    { MessageRetentionPeriod: 600, KmsMasterKeyId: arn('Key'), Tags: tags('a', [OLD_TAG]) },
    { MessageRetentionPeriod: 700, VisibilityTimeout: 9, Tags: tags('b') },
  ],
  QueuePolicy: [
    'AWS::SQS::QueuePolicy',
    { Queues: [ref('Dead')], PolicyDocument: policyFor('sns.amazonaws.com', 'sqs:SendMessage') },
    { Queues: [ref('Dead')], PolicyDocument: policyFor('events.amazonaws.com', 'sqs:SendMessage') },
  ],
  Topic: [
    'AWS::SNS::Topic',
    { DisplayName: 'before', KmsMasterKeyId: ref('Key'), Tags: tags('a', [OLD_TAG]) },
    { DisplayName: 'after', Tags: tags('b') },
  ],
  TopicPolicy: [
    'AWS::SNS::TopicPolicy',
    { Topics: [ref('Topic')], PolicyDocument: policyFor('cloudwatch.amazonaws.com', 'sns:Publish') },
    { Topics: [ref('Topic')], PolicyDocument: policyFor('events.amazonaws.com', 'sns:Publish') },
  ],
  Subscription: [
    'AWS::SNS::Subscription',
    { TopicArn: ref('Topic'), Protocol: 'sqs', Endpoint: arn('Dead'), RawMessageDelivery: true },
    { TopicArn: ref('Topic'), Protocol: 'sqs', Endpoint: arn('Dead'), FilterPolicy: { kind: ['a'] } },
  ],
  Role: [
    'AWS::IAM::Role',
    {
      AssumeRolePolicyDocument: trust('states.amazonaws.com', 'lambda.amazonaws.com'),
      Description: 'before',
      ManagedPolicyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
      PermissionsBoundary: 'arn:aws:iam::aws:policy/PowerUserAccess',
      Policies: [{ PolicyName: 'own', PolicyDocument: statement(['s3:GetObject']) }],
      Tags: tags('a', [OLD_TAG]),
    },
    {
      AssumeRolePolicyDocument: trust('states.amazonaws.com', 'events.amazonaws.com'),
      Description: 'after',
      MaxSessionDuration: 7200,
      Tags: tags('b'),
    },
  ],
  Policy: [
    'AWS::IAM::Policy',
    { PolicyName: 'grants', Roles: [ref('Role')], PolicyDocument: statement(['s3:GetObject']) },
    { PolicyName: 'grants', Roles: [ref('Role')], PolicyDocument: statement(['s3:PutObject']) },
  ],
  Logs: [
    'AWS::Logs::LogGroup',
    { RetentionInDays: 7, KmsKeyId: arn('Key'), Tags: tags('a', [OLD_TAG]) },
    { RetentionInDays: 14, Tags: tags('b') },
  ],
  Function: [
    'AWS::Lambda::Function',
    functionProperties('exports.handler = async () => 1', {
      MemorySize: 256,
      Environment: { Variables: { A: '1', B: '2' } },
      DeadLetterConfig: { TargetArn: arn('Dead') },
      KmsKeyArn: arn('Key'),
      ReservedConcurrentExecutions: 2,
      TracingConfig: { Mode: 'Active' },
      LoggingConfig: { LogGroup: ref('Logs'), LogFormat: 'JSON' },
      Tags: tags('a', [OLD_TAG]),
    }),
    functionProperties('exports.handler = async () => 2', {
      Description: 'after',
      Timeout: 20,
      Environment: { Variables: { A: '2' } },
      Tags: tags('b'),
    }),
  ],
  Invocation: [
    'AWS::Lambda::EventInvokeConfig',
    {
      FunctionName: ref('Function'),
      Qualifier: '$LATEST',
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnFailure: { Destination: arn('Dead') } },
    },
    { FunctionName: ref('Function'), Qualifier: '$LATEST', MaximumRetryAttempts: 1, MaximumEventAgeInSeconds: 90 },
  ],
  Mapping: [
    'AWS::Lambda::EventSourceMapping',
    {
      FunctionName: ref('Function'),
      EventSourceArn: { 'Fn::GetAtt': ['Table', 'StreamArn'] },
      StartingPosition: 'LATEST',
      BatchSize: 5,
      MaximumRetryAttempts: 2,
      FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT"]}' }] },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      Tags: tags('a', [OLD_TAG]),
    },
    {
      FunctionName: ref('Function'),
      EventSourceArn: { 'Fn::GetAtt': ['Table', 'StreamArn'] },
      StartingPosition: 'LATEST',
      BatchSize: 6,
      BisectBatchOnFunctionError: true,
      Tags: tags('b'),
    },
  ],
  Permission: [
    'AWS::Lambda::Permission',
    {
      FunctionName: ref('Function'),
      Action: 'lambda:InvokeFunction',
      Principal: 'events.amazonaws.com',
      SourceArn: arn('Rule'),
    },
    { FunctionName: ref('Function'), Action: 'lambda:InvokeFunction', Principal: 'sns.amazonaws.com' },
  ],
  Machine: [
    'AWS::StepFunctions::StateMachine',
    {
      DefinitionString: definition('Before'),
      RoleArn: arn('Role'),
      LoggingConfiguration: { Level: 'OFF' },
      TracingConfiguration: { Enabled: true },
      Tags: tags('a', [OLD_TAG]),
    },
    {
      DefinitionString: definition('After'),
      RoleArn: arn('Role'),
      LoggingConfiguration: {
        Level: 'ERROR',
        IncludeExecutionData: false,
        Destinations: [{ CloudWatchLogsLogGroup: { LogGroupArn: arn('Logs') } }],
      },
      Tags: tags('b'),
    },
  ],
  Bus: [
    'AWS::Events::EventBus',
    { Name: 'changing', Description: 'before', KmsKeyIdentifier: arn('Key'), Tags: tags('a', [OLD_TAG]) },
    { Name: 'changing', Description: 'after', DeadLetterConfig: { Arn: arn('Dead') }, Tags: tags('b') },
  ],
  Rule: [
    'AWS::Events::Rule',
    {
      Description: 'before',
      EventPattern: { source: ['before'] },
      Targets: [
        { Id: 'a', Arn: arn('Dead'), RetryPolicy: { MaximumRetryAttempts: 1 } },
        { Id: 'b', Arn: ref('Topic') },
      ],
      Tags: tags('a', [OLD_TAG]),
    },
    {
      EventPattern: { source: ['after'] },
      State: 'DISABLED',
      Targets: [
        { Id: 'a', Arn: arn('Dead'), InputTransformer: { InputPathsMap: { x: '$.a' }, InputTemplate: '"<x>"' } },
      ],
      Tags: tags('b'),
    },
  ],
  Schedule: [
    'AWS::Events::Rule',
    { ScheduleExpression: 'rate(5 minutes)', State: 'DISABLED' },
    { ScheduleExpression: 'rate(10 minutes)', State: 'DISABLED', Description: 'after' },
  ],
  Alarm: [
    'AWS::CloudWatch::Alarm',
    {
      Namespace: 'changing',
      MetricName: 'before',
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 2,
      DatapointsToAlarm: 1,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanThreshold',
      Dimensions: [{ Name: 'a', Value: 'b' }],
      AlarmActions: [ref('Topic')],
      Unit: 'Count',
      Tags: tags('a', [OLD_TAG]),
    },
    {
      Namespace: 'changing',
      MetricName: 'after',
      ExtendedStatistic: 'p99',
      Period: 300,
      EvaluationPeriods: 3,
      Threshold: 2.5,
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'breaching',
      OKActions: [ref('Topic')],
      Tags: tags('b'),
    },
  ],
  Dashboard: [
    'AWS::CloudWatch::Dashboard',
    { DashboardName: 'changing', DashboardBody: '{"widgets":[]}', Tags: tags('a', [OLD_TAG]) },
    { DashboardName: 'changing', DashboardBody: '{"widgets":[],"start":"-PT6H"}', Tags: tags('b') },
  ],
  Parameter: [
    'AWS::SSM::Parameter',
    { Name: '/changing', Type: 'String', Value: 'before', Description: 'before', Tags: { state: 'a', old: 'yes' } },
    { Name: '/changing', Type: 'String', Value: 'after', Tags: { state: 'b' } },
  ],
  Api: [
    'AWS::ApiGatewayV2::Api',
    { Name: 'changing', ProtocolType: 'HTTP', Description: 'before', Tags: { state: 'a', old: 'yes' } },
    {
      Name: 'changing',
      ProtocolType: 'HTTP',
      DisableExecuteApiEndpoint: true,
      CorsConfiguration: { AllowOrigins: ['https://example.com'], AllowMethods: ['GET'], MaxAge: 60 },
      Tags: { state: 'b' },
    },
  ],
  Integration: [
    'AWS::ApiGatewayV2::Integration',
    { ApiId: ref('Api'), IntegrationType: 'AWS_PROXY', IntegrationUri: arn('Function'), PayloadFormatVersion: '2.0' },
    {
      ApiId: ref('Api'),
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: arn('Function'),
      PayloadFormatVersion: '1.0',
      TimeoutInMillis: 5000,
    },
  ],
  Route: [
    'AWS::ApiGatewayV2::Route',
    { ApiId: ref('Api'), RouteKey: 'GET /a', AuthorizationType: 'AWS_IAM', Target: target() },
    { ApiId: ref('Api'), RouteKey: 'GET /b', AuthorizationType: 'NONE', Target: target() },
  ],
  Stage: [
    'AWS::ApiGatewayV2::Stage',
    {
      ApiId: ref('Api'),
      StageName: '$default',
      AutoDeploy: true,
      DefaultRouteSettings: { ThrottlingBurstLimit: 5, ThrottlingRateLimit: 2 },
      AccessLogSettings: { DestinationArn: arn('Logs'), Format: '$context.requestId' },
      Tags: { state: 'a', old: 'yes' },
    },
    {
      ApiId: ref('Api'),
      StageName: '$default',
      AutoDeploy: true,
      DefaultRouteSettings: { ThrottlingBurstLimit: 6 },
      Tags: { state: 'b' },
    },
  ],
};

function functionProperties(code: string, properties: object): object {
  return (inlineFunction(code, properties) as { Properties: object }).Properties;
}

function target(): object {
  return { 'Fn::Join': ['', ['integrations/', ref('Integration')]] };
}

const resources = (of: 1 | 2): Record<string, object> =>
  Object.fromEntries(Object.entries(CASES).map(([id, each]) => [id, { Type: each[0], Properties: each[of] }]));

export const before = resources(1);
export const after = resources(2);
