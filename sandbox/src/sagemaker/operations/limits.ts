import { ApiError } from '../api/errors';
import type { Scope } from '../api/scope';
import type { Context } from '../context';
import type { Kind, Resource } from '../state/store';
import type { Input } from './support';

/** Instances by type. */
export type Instances = ReadonlyMap<string, number>;

type Usage = 'training job' | 'spot training job' | 'processing job' | 'transform job' | 'endpoint';

const ACROSS: Record<Usage, string> = {
  'training job': 'Number of instances across all training jobs',
  'spot training job': 'Number of instances across all spot training jobs',
  'processing job': 'Number of instances across all processing jobs',
  'transform job': 'Number of instances across all transform jobs',
  endpoint: 'Number of instances across active endpoints',
};

const COUNTED: Partial<Record<Kind, string>> = {
  model: 'Number of models',
  'endpoint-config': 'Number of endpoint configurations',
  endpoint: 'Number of endpoints',
  'model-package-group': 'Number of model package groups',
};

type Place = { readonly context: Context; readonly scope: Scope };

/** Refuses one more resource of a kind where that would be more than the account may have. */
export function refuseBeyondCount({ context, scope }: Place, kind: Kind): void {
  const name = COUNTED[kind]!;
  const limit = context.options.limits?.[name];
  if (limit !== undefined) compare(name, limit, context.store.count(kind, scope), 1, 'Resources');
}

/** Refuses a job whose instances, with those of the jobs that run, would be more than the account may use at once. */
export function refuseBeyondJobs({ context, scope }: Place, kind: Kind, statusField: string, input: Input): void {
  const usage = usageOf(kind, input);
  const running = context.store
    .list(kind, scope)
    .filter(({ describe }) => ['InProgress', 'Stopping'].includes(describe[statusField]))
    .filter(({ describe }) => usageOf(kind, describe) === usage);
  compareInstances(context, usage, total(running.map(({ describe }) => jobInstances(describe))), jobInstances(input));
}

/** Refuses an endpoint's instances beyond what the account may serve with; `replaced` are those that it has itself. */
export function refuseBeyondEndpoints({ context, scope }: Place, wanted: Instances, replaced?: Resource): void {
  const others = context.store.list('endpoint', scope).filter((endpoint) => endpoint !== replaced);
  compareInstances(context, 'endpoint', total(others.map(instancesOfEndpoint)), wanted);
}

function instancesOfEndpoint({ describe, internal }: Resource): Instances {
  if (describe.EndpointStatus === 'Failed') return new Map();
  return variantInstances((internal.instances as Input[] | undefined) ?? []);
}

/** The instances that production variants ask for; serverless ones have none. */
export function variantInstances(variants: Input[]): Instances {
  return total(
    variants
      .filter(({ InstanceType }) => InstanceType)
      .map(({ InstanceType, InitialInstanceCount }) => new Map([[String(InstanceType), InitialInstanceCount ?? 1]])),
  );
}

function usageOf(kind: Kind, { EnableManagedSpotTraining }: Input): Usage {
  if (kind === 'training-job') return EnableManagedSpotTraining ? 'spot training job' : 'training job';
  return kind === 'processing-job' ? 'processing job' : 'transform job';
}

function jobInstances({ ResourceConfig, ProcessingResources, TransformResources }: Input): Instances {
  const cluster = ResourceConfig ?? ProcessingResources?.ClusterConfig ?? TransformResources ?? {};
  const groups: Input[] = cluster.InstanceGroups ?? [cluster];
  const typed = groups.filter(({ InstanceType }) => InstanceType);
  return total(typed.map(({ InstanceType, InstanceCount }) => new Map([[InstanceType, InstanceCount ?? 1]])));
}

function total(parts: Instances[]): Instances {
  const sum = new Map<string, number>();
  for (const part of parts) for (const [type, count] of part) sum.set(type, (sum.get(type) ?? 0) + count);
  return sum;
}

const all = (instances: Instances) => [...instances.values()].reduce((sum, count) => sum + count, 0);

function compareInstances({ options: { limits } }: Context, usage: Usage, used: Instances, wanted: Instances): void {
  if (!limits) return;
  for (const [type, count] of wanted) {
    const name = `${type} for ${usage} usage`;
    if (limits[name] !== undefined) compare(name, limits[name], used.get(type) ?? 0, count, 'Instances');
  }
  const across = ACROSS[usage];
  if (limits[across] !== undefined) compare(across, limits[across], all(used), all(wanted), 'Instances');
}

function compare(name: string, limit: number, used: number, wanted: number, unit: string): void {
  if (used + wanted <= limit) return;
  throw new ApiError(
    'ResourceLimitExceeded',
    `The account-level service limit '${name}' is ${limit} ${unit}, with current utilization of ${used} ${unit} and a ` +
      `request delta of ${wanted} ${unit}. Please use AWS Service Quotas to request an increase for this quota. If AWS ` +
      'Service Quotas is not available, contact AWS support to request an increase for this quota.',
  );
}
