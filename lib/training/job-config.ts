import type { NetworkConfig } from '../platform/network';
import { input } from './states';

/** Tags by which a job is found in the bill and in the console. */
export const jobTags = (model: string): { Key: string; Value: string }[] => [
  { Key: 'cdk-mlops:model', Value: model },
  { Key: 'cdk-mlops:run', Value: input('runId') },
];

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
