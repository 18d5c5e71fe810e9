import { ArnFormat, Stack } from 'aws-cdk-lib';
import { type IPrincipal, type IRole, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { NetworkConfig } from './network';

/** SageMaker, as it assumes a role for this account and no other. */
export function sageMakerService(scope: Construct): IPrincipal {
  const stack = Stack.of(scope);
  return new ServicePrincipal('sagemaker.amazonaws.com', {
    conditions: {
      StringEquals: { 'aws:SourceAccount': stack.account },
      ArnLike: { 'aws:SourceArn': stack.formatArn({ service: 'sagemaker', resource: '*' }) },
    },
  });
}

/** Lets a role write a job's logs and metrics. */
export function grantJobRuntime(scope: Construct, role: IRole): void {
  const logs = Stack.of(scope).formatArn({
    service: 'logs',
    resource: 'log-group',
    resourceName: '/aws/sagemaker/*',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  role.addToPrincipalPolicy(
    new PolicyStatement({
      actions: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'],
      resources: [logs],
    }),
  );
  role.addToPrincipalPolicy(
    new PolicyStatement({
      actions: ['cloudwatch:PutMetricData'],
      resources: ['*'],
      conditions: { StringLike: { 'cloudwatch:namespace': '/aws/sagemaker/*' } },
    }),
  );
}

/** Lets a role attach its jobs to a VPC. */
export function grantNetwork(role: IRole): void {
  role.addToPrincipalPolicy(
    new PolicyStatement({
      actions: [
        'ec2:CreateNetworkInterface',
        'ec2:CreateNetworkInterfacePermission',
        'ec2:DeleteNetworkInterface',
        'ec2:DeleteNetworkInterfacePermission',
        'ec2:DescribeDhcpOptions',
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribeSecurityGroups',
        'ec2:DescribeSubnets',
        'ec2:DescribeVpcs',
      ],
      resources: ['*'],
    }),
  );
}

/**
 * `VpcConfig` of a job or model.
 * @throws Error where the network names no security group, which SageMaker requires.
 */
export function vpcConfig(network: NetworkConfig): { SecurityGroupIds: string[]; Subnets: string[] } {
  const groups = network.securityGroups ?? [];
  if (groups.length === 0) {
    throw new Error('Jobs in a VPC need at least one security group: give network.securityGroups.');
  }
  return {
    SecurityGroupIds: groups.map((group) => group.securityGroupId),
    Subnets: network.vpc.selectSubnets(network.subnets).subnetIds,
  };
}
