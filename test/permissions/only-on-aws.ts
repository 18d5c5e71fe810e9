import type { Provoked, Reviewed } from '../../scripts/permissions/review';

const docs = 'https://docs.aws.amazon.com';
const machines = /^(Training|Release\/StateMachine)\/Role$/;
/** Roles with which SageMaker runs containers: of jobs, and of an endpoint. */
const containers = /^(Training\/JobRoles\/\w+|Release\/Serving\/Role)$/;
const jobs = /^Training\/JobRoles\/\w+$/;
const endpoint = /^Release\/Serving\/Role$/;

/** What AWS does with a role and the sandbox does not: traces, deliveries of logs, grants on keys, metrics of instances. */
const SERVICES: readonly Reviewed[] = [
  {
    roles: /Role$/,
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
    roles: /^Release\/(StateMachine\/Role|Functions\/RollBackRole|Triggers\/SettleReleaseRole)$/,
    actions: ['kms:CreateGrant', 'kms:DescribeKey'],
    why: 'SageMaker encrypts the volumes of an endpoint by a grant on the key, made in the name of who deploys it.',
    page: `${docs}/sagemaker/latest/APIReference/API_CreateEndpointConfig.html`,
  },
  {
    roles: jobs,
    actions: ['kms:DescribeKey'],
    why: 'SageMaker looks at the key of a job’s volumes in the name of the job; the grant on it is made here too.',
    page: `${docs}/sagemaker/latest/dg/sagemaker-roles.html`,
  },
  {
    roles: containers,
    actions: ['logs:DescribeLogStreams'],
    why: 'SageMaker looks for a log stream before it writes a container’s lines.',
    page: `${docs}/sagemaker/latest/dg/sagemaker-roles.html`,
  },
  {
    roles: endpoint,
    actions: ['cloudwatch:PutMetricData', 's3:ListBucket'],
    why: 'SageMaker puts what an endpoint’s container takes, and looks for its archive, as the role.',
    page: `${docs}/sagemaker/latest/dg/sagemaker-roles.html`,
  },
  {
    roles: containers,
    actions: ['s3:AbortMultipartUpload'],
    why: 'SageMaker uploads what is large in parts, and gives up what was cut off; the sandbox uploads whole.',
    page: `${docs}/AmazonS3/latest/userguide/mpuAndPermissions.html`,
  },
];

/** What only objects can ask for that no test makes: missing where they must be, or larger than 5 GB. */
const OBJECTS: readonly Reviewed[] = [
  {
    roles: /Role$/,
    actions: ['s3:ListBucket'],
    why: 'S3 answers 404 for a missing object only to who may list, 403 to others: functions tell the two apart.',
    page: `${docs}/AmazonS3/latest/API/API_GetObject.html`,
  },
  {
    roles: /^Training\/Functions\/SealRole$/,
    actions: ['s3:AbortMultipartUpload'],
    why: 'An archive above 5 GB is copied in parts; a copy that fails is given up, or its parts are paid for for ever.',
    page: `${docs}/AmazonS3/latest/userguide/mpuAndPermissions.html`,
  },
];

export const ONLY_ON_AWS: readonly Reviewed[] = [...SERVICES, ...OBJECTS];

/** Refusals that tests provoke on purpose. */
export const PROVOKED: readonly Provoked[] = [
  {
    roles: /Training\/JobRoles\/Training$/,
    actions: ['execute-api:Invoke'],
    resources: /\/POST\/api\/2\.0\/mlflow\/registered-models\/create$/,
    why: 'A training script logs into its run, and must not register models.',
  },
];
