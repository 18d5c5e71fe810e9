import { validationError } from '../api/errors';

// biome-ignore lint/suspicious/noExplicitAny: the request was checked against the service model
type Policy = Record<string, any>;

/** One step of a deployment: this share of the traffic goes to the new fleet, and alarms are watched so long. */
export interface TrafficStep {
  readonly share: number;
  readonly waitSeconds: number;
}

const ALL_AT_ONCE: TrafficStep[] = [{ share: 1, waitSeconds: 0 }];

/**
 * The steps in which a deployment policy shifts traffic to a fleet of so many instances.
 * @throws ApiError ValidationException where a size is missing or is not one that the policy may have.
 */
export function trafficSteps(policy: Policy | undefined, variants: { InitialInstanceCount?: number }[]): TrafficStep[] {
  const instances = variants.reduce((sum, { InitialInstanceCount = 1 }) => sum + InitialInstanceCount, 0);
  const routing = policy?.BlueGreenUpdatePolicy?.TrafficRoutingConfiguration as Policy | undefined;
  const rolling = policy?.RollingUpdatePolicy as Policy | undefined;
  if (rolling) {
    const step = sizeOf(rolling.MaximumBatchSize, instances, 'MaximumBatchSize');
    return stepsOf(step, rolling.WaitIntervalInSeconds);
  }
  if (!routing) return ALL_AT_ONCE;
  const waitSeconds = routing.WaitIntervalInSeconds as number;
  switch (routing.Type) {
    case 'CANARY': {
      const share = sizeOf(needed(routing, 'CanarySize'), instances, 'CanarySize');
      return [
        { share, waitSeconds },
        { share: 1, waitSeconds },
      ];
    }
    case 'LINEAR':
      return stepsOf(sizeOf(needed(routing, 'LinearStepSize'), instances, 'LinearStepSize'), waitSeconds);
    default:
      return [{ share: 1, waitSeconds }];
  }
}

function needed(routing: Policy, member: 'CanarySize' | 'LinearStepSize'): Policy {
  if (!routing[member]) throw validationError(`TrafficRoutingConfiguration of type ${routing.Type} needs ${member}.`);
  return routing[member];
}

/** A size as the share of all traffic; it may be half at most. */
function sizeOf({ Type, Value }: Policy, instances: number, member: string): number {
  const share = Type === 'CAPACITY_PERCENT' ? Value / 100 : Value / instances;
  // One of one instance is all that there is; AWS takes it.
  if (share <= 0.5 || (Type === 'INSTANCE_COUNT' && Value === 1)) return Math.min(share, 1);
  throw validationError(`${member} must be at most 50% of the ${instances} instances; received ${Value} (${Type}).`);
}

function stepsOf(size: number, waitSeconds: number): TrafficStep[] {
  const count = Math.ceil(1 / size - 1e-9);
  return Array.from({ length: count }, (_, index) => ({ share: Math.min(1, size * (index + 1)), waitSeconds }));
}
