import type { Provoked, Reviewed } from '../../scripts/permissions/review';

const docs = 'https://docs.aws.amazon.com';
const machines = /(^Training\/Role|StateMachine\/Role)$/;
const functions = /Role$/;
const containers = /^(Training\/JobRoles\/\w+|Release\/Serving\/Role)$/;
/** Functions that act where something went wrong, or long after; no flow makes all of that happen. */
const rescuers =
  /(RollBackRole|SettleReleaseRole|Sweep\w*Role|ResendRole|Guard\/FunctionRole|Training\/Functions\/CloseRole|Triggers\/StartRole|BeginDeployRole)$/;

/** Grants that only AWS itself asks for. Take one away, and a test fails. */
const AWS_ASKS: readonly Reviewed[] = [
  {
    roles: /(Role|Role\/Resource)$/,
    actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
    why: 'Lambda and Step Functions send traces as the role; the sandbox traces nothing.',
    page: `${docs}/lambda/latest/dg/services-xray.html`,
  },
  {
    roles: machines,
    actions: ['xray:GetSamplingRules', 'xray:GetSamplingTargets'],
    why: 'Step Functions asks X-Ray which executions to trace.',
    page: `${docs}/step-functions/latest/dg/xray-iam.html`,
  },
  {
    roles: machines,
    actions: [
      'logs:CreateLogDelivery',
      'logs:GetLogDelivery',
      'logs:UpdateLogDelivery',
      'logs:DeleteLogDelivery',
      'logs:ListLogDeliveries',
      'logs:PutResourcePolicy',
      'logs:DescribeResourcePolicies',
      'logs:DescribeLogGroups',
    ],
    why: 'Step Functions sets up the delivery of its log as the role; none of these takes a resource.',
    page: `${docs}/step-functions/latest/dg/cw-logs.html`,
  },
  {
    roles: /^Training\/Role$/,
    actions: ['sagemaker:ListTags'],
    why: 'Step Functions looks for its own tag on the jobs of .sync tasks.',
    page: `${docs}/step-functions/latest/dg/connect-sagemaker.html`,
  },
  {
    roles: functions,
    actions: ['kms:Encrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
    why: 'DynamoDB uses the key of a table in the name of who calls; locally it asks for kms:Decrypt only.',
    page: `${docs}/kms/latest/developerguide/services-dynamodb.html`,
  },
  {
    roles:
      /^(Release\/(StateMachine\/Role|Functions\/RollBackRole|Triggers\/SettleReleaseRole)|Training\/JobRoles\/\w+)$/,
    actions: ['kms:CreateGrant', 'kms:DescribeKey'],
    why: 'SageMaker encrypts the volumes of endpoints and jobs by a grant on the key, made in the name of caller and role.',
    page: `${docs}/sagemaker/latest/APIReference/API_CreateEndpointConfig.html`,
  },
  {
    roles: containers,
    actions: ['logs:DescribeLogStreams', 'logs:CreateLogGroup'],
    why: 'SageMaker looks for a log stream, and makes the group, before it writes a container’s lines.',
    page: `${docs}/sagemaker/latest/dg/sagemaker-roles.html`,
  },
  {
    roles: /^Release\/Serving\/Role$/,
    actions: ['cloudwatch:PutMetricData'],
    why: 'SageMaker puts what a container of an endpoint takes (/aws/sagemaker/Endpoints) as its role.',
    page: `${docs}/sagemaker/latest/dg/sagemaker-roles.html`,
  },
  {
    roles: /(Role|JobRoles\/\w+)$/,
    actions: ['s3:ListBucket'],
    why: 'S3 answers 404 for a missing object only to who may list, 403 to others; no request of its own.',
    page: `${docs}/AmazonS3/latest/API/API_GetObject.html`,
  },
  {
    roles: /(Role|JobRoles\/\w+)$/,
    actions: ['s3:AbortMultipartUpload'],
    why: 'Large objects are written in parts; what was cut off has to be given up, or it is paid for for ever.',
    page: `${docs}/AmazonS3/latest/userguide/mpuAndPermissions.html`,
  },
];

/** What one piece of CDK or of the store grants together, of which a role does not use every part. */
const GRANTED_TOGETHER: readonly Reviewed[] = [
  {
    roles: /(Role|JobRoles\/\w+)$/,
    actions: ['s3:GetObject', 's3:GetObjectVersion'],
    why: 'Reading a prefix of the store: what is pinned by version is read by version, the rest is not.',
    page: `${docs}/AmazonS3/latest/userguide/using-with-s3-policy-actions.html`,
  },
  {
    roles: functions,
    actions: ['sqs:GetQueueAttributes', 'sqs:GetQueueUrl'],
    why: 'CDK grants them with sqs:SendMessage, for a dead-letter queue too.',
    page: `${docs}/cdk/api/v2/docs/aws-cdk-lib.aws_sqs.Queue.html`,
  },
  {
    roles: functions,
    actions: [
      'dynamodb:GetItem',
      'dynamodb:Query',
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
      'dynamodb:ConditionCheckItem',
    ],
    why: 'The store’s write path is granted as one: its transactions read, check, put and update.',
    page: `${docs}/amazondynamodb/latest/developerguide/transaction-apis-iam.html`,
  },
];

/** Legitimate, and exercised by no flow yet: what would is a fault, a deletion, or captured requests. */
const NOT_REACHED: readonly Reviewed[] = [
  {
    roles: functions,
    actions: ['sqs:SendMessage'],
    why: 'Lambda sends on what a function failed to take; no flow makes each of them fail three times.',
    page: `${docs}/lambda/latest/dg/invocation-async-retain-records.html`,
  },
  {
    roles: rescuers,
    actions: [
      'dynamodb:DeleteItem',
      'events:PutEvents',
      'kms:Decrypt',
      'lambda:InvokeFunction',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'sagemaker:CreateEndpoint',
      'sagemaker:UpdateEndpoint',
      'sagemaker:DeleteEndpoint',
      'sagemaker:DeleteEndpointConfig',
      'sagemaker:DeleteModel',
      'sagemaker:DescribeEndpoint',
      'sagemaker:DescribeEndpointConfig',
      'sagemaker:DescribeModel',
      'sagemaker:DescribeProcessingJob',
      'sagemaker:DescribeTrainingJob',
      'sagemaker:DescribeTransformJob',
      'sagemaker:StopProcessingJob',
      'sagemaker:StopTrainingJob',
      'sagemaker:StopTransformJob',
      'states:DescribeExecution',
      'states:StartExecution',
      'states:StopExecution',
    ],
    why: 'Rolling back, closing what a lost event left open, sending again, deleting an endpoint with its stack.',
    page: `${docs}/IAM/latest/UserGuide/best-practices.html`,
  },
  {
    roles: /^Training\/Role$/,
    actions: ['sagemaker:StopProcessingJob', 'sagemaker:StopTransformJob'],
    why: 'Step Functions stops the job of a .sync task with its execution; the flows stop a training only.',
    page: `${docs}/step-functions/latest/dg/connect-sagemaker.html`,
  },
  {
    roles: /^Release\/Serving\/Role$/,
    actions: ['s3:PutObject', 'kms:GenerateDataKey', 'logs:CreateLogStream', 'logs:PutLogEvents'],
    why: 'SageMaker writes captured requests and printed lines as the endpoint’s role; models of the flows have neither.',
    page: `${docs}/sagemaker/latest/dg/model-monitor-data-capture.html`,
  },
];

export const ONLY_ON_AWS: readonly Reviewed[] = [
  ...AWS_ASKS,
  ...GRANTED_TOGETHER,
  ...NOT_REACHED.map((entry) => ({ ...entry, mayBeUsed: true })),
];

/** Refusals that tests provoke on purpose. */
export const PROVOKED: readonly Provoked[] = [];
