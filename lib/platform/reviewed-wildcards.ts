import { type IAspect, Stack, Validations } from 'aws-cdk-lib';
import { CfnManagedPolicy, CfnPolicy } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';

interface Review {
  readonly pattern: RegExp;
  readonly reason: string;
}

/** Every wildcard that the library's own policies hold, and why it is no wider than it must be. */
const REVIEWED: readonly Review[] = [
  {
    pattern: /^Action::kms:(ReEncrypt|GenerateDataKey)\*$/,
    reason: 'CDK grants the use of a key so: both families are needed to write encrypted data, on this one key only.',
  },
  {
    pattern: /^Action::s3:(GetObject|GetBucket|List)\*$/,
    reason: 'CDK grants reading of one asset or bucket so.',
  },
  { pattern: /^Resource::.*\/index\/\*$/, reason: 'The indexes of the one table of the registry.' },
  {
    pattern: /^Resource::.*s3:::.*\/(audit|data|code|keys|runs|captures|reports|imports|models|mlflow|releases)\/.*\*$/,
    reason: 'Objects below one prefix of one bucket: their names exist only at run time.',
  },
  { pattern: /^Resource::<[A-Za-z0-9]+\.Arn>\/[A-Za-z0-9/_-]*\*$/, reason: 'Objects of one bucket, made at run time.' },
  {
    pattern: /^Resource::.*s3:::(cdk-hnb659fds-assets|<[A-Za-z0-9]*evidenceBucketName[A-Za-z0-9]*>).*\/\*$/,
    reason: "Objects of one bucket: evidence of runs and releases, or the stack's own assets.",
  },
  {
    pattern: /^Resource::.*:sagemaker:.*:[a-z-]+\/[a-z0-9-]+-(v)?\*$/,
    reason: "Jobs, models and endpoint configs whose names begin with the model's: made at run time.",
  },
  {
    pattern: /^Resource::.*:sagemaker:.*:(model|endpoint-config)\/\*$/,
    reason: 'Describing what somebody else than a release put at an endpoint, which may have any name.',
  },
  {
    pattern: /^Resource::.*:execute-api:.*\/\*\/(GET|POST|PUT|DELETE|PATCH)\/.*\*.*$/,
    reason: "Routes of the one registry API: a route's parameters are names of models, runs and releases.",
  },
  {
    pattern: /^Resource::.*:(ssm:.*:parameter\/cdk-mlops\/[a-z0-9-]+\/\*|sagemaker:.*:endpoint\/\*)$/,
    reason: "What a platform's models are called, and their endpoints, is known only once they are there.",
  },
  {
    pattern: /^Resource::.*:states:.*:execution:[a-z0-9-]+\*$/,
    reason: "Executions of the platform's own state machines, whose names begin with the platform's.",
  },
  {
    pattern: /^Resource::.*:states:.*:execution:.*:\*$/,
    reason: 'Executions of one state machine: their names exist only at run time.',
  },
  {
    pattern: /^Resource::<[A-Za-z0-9]+\.Arn>:\*$/,
    reason: 'Versions and aliases of one function, or streams of one log group.',
  },
  {
    pattern: /^Resource::.*:log-group:\/aws\/sagemaker\/\*$/,
    reason: 'SageMaker names the log groups of jobs and endpoints.',
  },
  {
    pattern: /^Resource::\*$/,
    reason:
      'Actions that take no resource: X-Ray segments, log deliveries, network interfaces, ECR tokens, listing of streams, metrics under a namespace condition.',
  },
];

/** Actions that the AWS Service Authorization Reference lists without a resource type, or that CDK grants so. */
const WITHOUT_RESOURCE =
  /^(xray:|logs:(Create|Get|Update|Delete|List)LogDelivery|logs:ListLogDeliveries|logs:(Put|Describe)ResourcePolic|logs:DescribeLogGroups|ec2:|ecr:GetAuthorizationToken$|cloudwatch:PutMetricData$|dynamodb:ListStreams$|kms:(CreateGrant|DescribeKey)$)/;

interface Statement {
  readonly Action?: string | string[];
  readonly Resource?: unknown;
}

/**
 * Acknowledges for cdk-nag, one by one and with its reason, each wildcard of the library's policies that was reviewed. A
 * new kind of wildcard is not acknowledged, and is reported.
 */
export class ReviewedWildcards implements IAspect {
  public visit(node: IConstruct): void {
    if (!(node instanceof CfnPolicy || node instanceof CfnManagedPolicy)) return;
    const document = Stack.of(node).resolve(node.policyDocument) as { Statement?: Statement[] };
    for (const finding of (document.Statement ?? []).flatMap(findingsOf)) {
      const review = REVIEWED.find(({ pattern }) => pattern.test(finding));
      if (review) Validations.of(node).acknowledge({ id: `AwsSolutions-IAM5[${finding}]`, reason: review.reason });
    }
  }
}

const listOf = <T>(value: T | T[] | undefined): T[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];

function findingsOf(statement: Statement): string[] {
  const actions = listOf(statement.Action);
  const resources = listOf(statement.Resource as unknown[]).map(flatten);
  const pointless = actions.every((action) => WITHOUT_RESOURCE.test(action));
  return [
    ...actions.filter((action) => action.includes('*')).map((action) => `Action::${action}`),
    ...resources
      .filter((resource) => resource.includes('*') && (resource !== '*' || pointless))
      .map((resource) => `Resource::${resource}`),
  ];
}

/** A reference as cdk-nag writes it: `<LogicalId.Attribute>`. */
function flatten(value: unknown): string {
  if (typeof value === 'string') return value;
  const object = value as {
    Ref?: string;
    'Fn::GetAtt'?: string[];
    'Fn::Join'?: [string, unknown[]];
    'Fn::Sub'?: string;
  };
  if (object.Ref) return `<${object.Ref}>`;
  if (object['Fn::GetAtt']) return `<${object['Fn::GetAtt'].join('.')}>`;
  if (object['Fn::Join']) return object['Fn::Join'][1].map(flatten).join(object['Fn::Join'][0]);
  if (typeof object['Fn::Sub'] === 'string') return object['Fn::Sub'].replace(/\$\{([^}]+)\}/g, '<$1>');
  return JSON.stringify(value);
}
