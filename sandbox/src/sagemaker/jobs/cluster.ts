import { type InstanceSize, instanceSize } from '../processes/instance-types';
import type { ContainerNetwork } from '../processes/isolation';

/** One instance of a job. */
export interface Host {
  /** `algo-1` and on. */
  readonly name: string;
  readonly instanceType: string;
  readonly group: string;
  readonly size?: InstanceSize;
}

/** The instances of a job, in order; the first leads. */
export type Cluster = readonly Host[];

const ONE_GROUP = 'homogeneousCluster';

interface Instances {
  readonly InstanceType?: string;
  readonly InstanceCount?: number;
  readonly InstanceGroups?: { InstanceType: string; InstanceCount: number; InstanceGroupName: string }[];
}

/** The instances that a ResourceConfig or ClusterConfig asks for. */
export function clusterOf(config: Instances): Cluster {
  const { InstanceType = '', InstanceCount = 1, InstanceGroups = [] } = config;
  const groups =
    InstanceGroups.length > 0 ? InstanceGroups : [{ InstanceType, InstanceCount, InstanceGroupName: ONE_GROUP }];
  const hosts = groups.flatMap((group) => Array.from({ length: group.InstanceCount }, () => group));
  return hosts.map((group, index) => ({
    name: `algo-${index + 1}`,
    instanceType: group.InstanceType,
    group: group.InstanceGroupName,
    size: instanceSize(group.InstanceType),
  }));
}

/** resourceconfig.json as one of the hosts finds it. */
export function resourceConfig(cluster: Cluster, host: Host) {
  const names = [...new Set(cluster.map(({ group }) => group))];
  return {
    current_host: host.name,
    current_instance_type: host.instanceType,
    current_group_name: host.group,
    hosts: cluster.map(({ name }) => name),
    instance_groups: names.map((group) => ({
      instance_group_name: group,
      instance_type: cluster.find((member) => member.group === group)!.instanceType,
      hosts: cluster.filter((member) => member.group === group).map(({ name }) => name),
    })),
    network_interface_name: 'eth0',
  };
}

let networks = 0;

/**
 * Addresses for the hosts of one job, on the loopback device: every host of every job has one of its own, so that two
 * of them can listen at the same port. (All of 127.0.0.0/8 is the machine itself on Linux.)
 */
export function networkOf(cluster: Cluster): (host: Host) => ContainerNetwork {
  networks = (networks % 250) + 1;
  const block = networks;
  const hosts = Object.fromEntries(
    cluster.map(({ name }, index) => [name, `127.${block}.${index >> 8}.${(index & 255) + 1}`]),
  );
  return (host) => ({ hostName: host.name, hosts });
}
