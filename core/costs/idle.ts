import { HOURS_PER_MONTH } from './prices';

/** What a template costs in a month in which nothing happens. */
export interface IdleCost {
  readonly usd: number;
  readonly lines: readonly {
    readonly logicalId: string;
    readonly type: string;
    readonly usd: number;
    readonly why: string;
  }[];
  /** Resources that may cost something and for which no price is known. */
  readonly unknown: readonly { readonly logicalId: string; readonly type: string }[];
}

interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

type Price = (properties: Readonly<Record<string, unknown>>) => readonly [usd: number, why: string] | undefined;

/** Types with a price by the month (us-east-1). Free tiers are not taken off, so the sum is the most that it can be. */
const PRICES: Readonly<Record<string, Price>> = {
  'AWS::KMS::Key': () => [1, '$1 a key'],
  'AWS::KMS::ReplicaKey': () => [1, '$1 a key'],
  'AWS::CloudWatch::Alarm': alarm,
  'AWS::CloudWatch::CompositeAlarm': () => [0.5, '$0.50 a composite alarm'],
  'AWS::CloudWatch::Dashboard': () => [3, '$3 a dashboard'],
  'AWS::SecretsManager::Secret': () => [0.4, '$0.40 a secret'],
  'AWS::EC2::NatGateway': () => hourly(0.045, 'a NAT gateway'),
  'AWS::EC2::EIP': () => hourly(0.005, 'a public IPv4 address'),
  'AWS::EC2::VPCEndpoint': vpcEndpoint,
  'AWS::ElasticLoadBalancingV2::LoadBalancer': () => hourly(0.0225, 'a load balancer'),
  'AWS::Route53::HostedZone': () => [0.5, '$0.50 a hosted zone'],
  'AWS::SSM::Parameter': ({ Tier }) => (Tier === 'Advanced' ? [0.05, '$0.05 an advanced parameter'] : [0, 'free']),
  'AWS::DynamoDB::Table': table,
  'AWS::WAFv2::WebACL': ({ Rules }) => {
    const rules = Array.isArray(Rules) ? Rules.length : 0;
    return [5 + rules, `$5 an ACL and $1 for each of ${rules} rules`];
  },
};

/** Types, or families that end in `::`, that cost by use or nothing at all. */
const FREE_WHEN_IDLE = [
  ...[
    'ApiGateway',
    'ApiGatewayV2',
    'ApplicationAutoScaling',
    'Athena',
    'Budgets',
    'CDK',
    'CloudFormation',
    'Cognito',
    'ECR',
  ],
  ...['Events', 'Glue', 'IAM', 'Lambda', 'Logs', 'Pipes', 'RAM', 'ResourceGroups', 'S3', 'SNS', 'SQS', 'Scheduler'],
  ...['ServiceCatalogAppRegistry', 'StepFunctions', 'XRay'],
]
  .map((service) => `AWS::${service}::`)
  .concat(['Custom::', 'AWS::KMS::Alias', 'AWS::CloudTrail::Trail', 'AWS::SecretsManager::ResourcePolicy'])
  .concat(['Model', 'ModelPackageGroup', 'EndpointConfig'].map((type) => `AWS::SageMaker::${type}`))
  .concat(
    ['VPC', 'Subnet', 'RouteTable', 'Route', 'SubnetRouteTableAssociation', 'SecurityGroup', 'SecurityGroupIngress']
      .concat(['SecurityGroupEgress', 'InternetGateway', 'VPCGatewayAttachment', 'FlowLog', 'NetworkAcl'])
      .map((type) => `AWS::EC2::${type}`),
  );

/**
 * Prices a synthesized CloudFormation template as it stands, without any use: no requests, no stored data, no metrics
 * sent. A type that is in neither table is reported as unknown, never taken for free.
 */
export function idleCost(template: { readonly Resources?: Readonly<Record<string, unknown>> }): IdleCost {
  const lines: { logicalId: string; type: string; usd: number; why: string }[] = [];
  const unknown: { logicalId: string; type: string }[] = [];
  for (const [logicalId, value] of Object.entries(template.Resources ?? {})) {
    const { Type: type, Properties: properties = {} } = value as Resource;
    const price = PRICES[type]?.(properties);
    if (price && price[0] > 0) lines.push({ logicalId, type, usd: price[0], why: price[1] });
    else if (hasProvisionedConcurrency(properties) || (!price && !isFree(type))) unknown.push({ logicalId, type });
  }
  return { usd: lines.reduce((sum, { usd }) => sum + usd, 0), lines, unknown };
}

function isFree(type: string): boolean {
  return FREE_WHEN_IDLE.some((free) => (free.endsWith('::') ? type.startsWith(free) : type === free));
}

function hasProvisionedConcurrency(properties: Readonly<Record<string, unknown>>): boolean {
  return properties.ProvisionedConcurrencyConfig !== undefined;
}

function hourly(usd: number, what: string, count = 1): [number, string] {
  return [usd * HOURS_PER_MONTH * count, `$${usd} an hour for ${what}${count > 1 ? `, ${count} times` : ''}`];
}

/** $0.10 for each metric that the alarm reads, $0.30 where it looks more often than each minute. */
function alarm({ Metrics, Period }: Readonly<Record<string, unknown>>): [number, string] {
  const entries = Array.isArray(Metrics) ? (Metrics as { MetricStat?: { Period?: unknown } }[]) : [];
  const stats = entries.flatMap(({ MetricStat }) => (MetricStat ? [MetricStat] : []));
  const isFast = [Period, ...stats.map((stat) => stat.Period)].some((period) => Number(period) < 60);
  const each = isFast ? 0.3 : 0.1;
  const metrics = Math.max(1, stats.length);
  return [each * metrics, `$${each.toFixed(2)} for each of ${metrics} metrics`];
}

function vpcEndpoint({ VpcEndpointType, SubnetIds }: Readonly<Record<string, unknown>>): [number, string] | undefined {
  if (VpcEndpointType === undefined || VpcEndpointType === 'Gateway') return [0, 'free'];
  return Array.isArray(SubnetIds) ? hourly(0.01, 'an interface endpoint in a subnet', SubnetIds.length) : undefined;
}

function table({
  BillingMode,
  ProvisionedThroughput,
}: Readonly<Record<string, unknown>>): [number, string] | undefined {
  if (BillingMode === 'PAY_PER_REQUEST') return [0, 'free'];
  const units = (ProvisionedThroughput ?? {}) as { ReadCapacityUnits?: unknown; WriteCapacityUnits?: unknown };
  const [reads, writes] = [Number(units.ReadCapacityUnits), Number(units.WriteCapacityUnits)];
  if (!Number.isFinite(reads + writes)) return undefined;
  const usd = (reads * 0.00013 + writes * 0.00065) * HOURS_PER_MONTH;
  return [usd, `${reads} read units at $0.00013 and ${writes} write units at $0.00065 an hour`];
}
