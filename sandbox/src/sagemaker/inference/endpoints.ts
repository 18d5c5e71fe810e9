import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../api/errors';
import { announce, type Context } from '../context';
import { touch } from '../jobs/lifecycle';
import { nowSeconds, type Resource } from '../state/store';
import type { CaptureConfig } from './capture';
import { type Deployed, Deployment, deployedNow, type Override } from './deployment';
import { AlarmRaised, alarmsOf, type Rollout, shiftTraffic } from './rollout';
import type { Variant } from './variant';

/** The longest FailureReason that the service model allows. */
const REASON_CHARS = 1024;
const ADJUSTING_MS = 300;
const INTERRUPTED = 'The sandbox stopped during the update; the endpoint serves its former config.';

/** What serves an endpoint, and during an update what is to serve it, with its share of the traffic. */
interface Fleets {
  current: Deployment;
  next?: { readonly deployment: Deployment; share: number };
}

export interface EndpointUpdate {
  readonly configName: string;
  /** DeploymentConfig. */
  // biome-ignore lint/suspicious/noExplicitAny: the request was checked against the service model
  readonly policy: Record<string, any> | undefined;
  /** The properties that variants keep: DesiredInstanceCount, DesiredWeight, DataCaptureConfig. */
  readonly retained: ReadonlySet<string>;
}

/** The endpoints' processes, and the changes of state that go with them. */
export class Endpoints {
  private readonly live = new Map<string, Fleets>();
  /** Changes of one endpoint follow each other. */
  private readonly changes = new Map<string, Promise<void>>();
  private readonly retiring = new Set<Promise<void>>();
  /** Ends the waits of deployments that are under way. */
  private readonly closing = new AbortController();

  constructor(private readonly context: Context) {}

  status(): { name: string; pid: number; pids: readonly number[]; status: string }[] {
    return this.context.store.list('endpoint').map((endpoint) => {
      const pids = (this.live.get(endpoint.arn)?.current.variants ?? []).flatMap(({ server }) => [...server.pids]);
      return { name: endpoint.name, pid: pids[0] ?? 0, pids, status: endpoint.describe.EndpointStatus as string };
    });
  }

  /** Brings a new endpoint up: Creating → InService or Failed. */
  create(endpoint: Resource): void {
    this.change(endpoint, async () => {
      const { describe } = endpoint;
      try {
        await this.bringUp(endpoint, () => deployedNow(this.context, endpoint, describe.EndpointConfigName));
        describe.EndpointStatus = 'InService';
      } catch (error) {
        describe.EndpointStatus = 'Failed';
        describe.FailureReason = messageOf(error).slice(0, REASON_CHARS);
      }
    });
  }

  /** Brings the new config up before the old one goes; when that fails the old one keeps serving. */
  update(endpoint: Resource, update: EndpointUpdate): void {
    this.change(endpoint, async () => {
      const { describe } = endpoint;
      try {
        await this.replace(endpoint, update);
        describe.EndpointStatus = 'InService';
        delete describe.FailureReason;
      } catch (error) {
        describe.EndpointStatus = this.live.has(endpoint.arn) ? 'InService' : 'Failed';
        describe.FailureReason = messageOf(error).slice(0, REASON_CHARS);
      } finally {
        delete describe.PendingDeploymentSummary;
      }
    });
  }

  /** Sets weights and instance counts of variants without touching their processes. */
  // biome-ignore lint/suspicious/noExplicitAny: the request was checked against the service model
  adjust(endpoint: Resource, desired: Record<string, any>[]): void {
    this.change(endpoint, async () => {
      const overrides = { ...(endpoint.internal.overrides as Record<string, Override> | undefined) };
      for (const { VariantName, DesiredWeight, DesiredInstanceCount } of desired) {
        overrides[VariantName] = {
          ...overrides[VariantName],
          ...(DesiredWeight === undefined ? {} : { weight: DesiredWeight }),
          ...(DesiredInstanceCount === undefined ? {} : { instanceCount: DesiredInstanceCount }),
        };
      }
      endpoint.internal.overrides = overrides;
      // Whoever looks right after the request sees that the endpoint is Updating, as on AWS.
      await sleep(ADJUSTING_MS, undefined, { signal: this.closing.signal });
      const deployment = this.live.get(endpoint.arn)?.current;
      deployment?.adjust(overrides);
      if (deployment) describeDeployment(endpoint, deployment);
      endpoint.describe.EndpointStatus = 'InService';
    });
  }

  /** Forgets an endpoint that is Deleting and ends its processes. */
  delete(endpoint: Resource): void {
    this.change(endpoint, async () => {
      const fleets = this.live.get(endpoint.arn);
      this.live.delete(endpoint.arn);
      endpoint.internal.deleted = true;
      await this.context.store.delete(endpoint);
      await fleets?.current.stop();
    });
  }

  /** The deployment that a request goes to: during an update the new one with its share of the traffic. */
  deploymentOf(endpoint: Resource): Deployment | undefined {
    const fleets = this.live.get(endpoint.arn);
    if (fleets?.next && Math.random() < fleets.next.share) return fleets.next.deployment;
    return fleets?.current;
  }

  /** Settles when the endpoint's change that is under way has ended; undefined where there is none. */
  settled(endpoint: Resource): Promise<void> | undefined {
    return this.changes.get(endpoint.arn);
  }

  /** Starts the endpoints of an earlier server again, and ends the deletions that it left. */
  resume(): void {
    for (const endpoint of this.context.store.list('endpoint')) {
      const { EndpointStatus } = endpoint.describe;
      if (EndpointStatus === 'Failed') continue;
      if (EndpointStatus === 'Deleting') this.delete(endpoint);
      else if (EndpointStatus === 'Creating' || !endpoint.internal.deployed) this.create(endpoint);
      else this.comeBack(endpoint);
    }
  }

  async close(): Promise<void> {
    this.closing.abort();
    const fleets = [...this.live.values()].flatMap(({ current, next }) => [
      current,
      ...(next ? [next.deployment] : []),
    ]);
    await Promise.allSettled(fleets.map((deployment) => deployment.stop()));
    await Promise.allSettled([...this.changes.values(), ...this.retiring]);
  }

  // An update that was cut off is not taken up: the endpoint serves what it served.
  private comeBack(endpoint: Resource): void {
    const { describe, internal } = endpoint;
    const interrupted = ['Updating', 'RollingBack'].includes(describe.EndpointStatus);
    delete describe.PendingDeploymentSummary;
    this.change(endpoint, async () => {
      try {
        await this.bringUp(endpoint, () => internal.deployed as Deployed);
        if (interrupted) describe.FailureReason = INTERRUPTED;
        describe.EndpointStatus = 'InService';
      } catch (error) {
        describe.EndpointStatus = 'Failed';
        describe.FailureReason = messageOf(error).slice(0, REASON_CHARS);
      }
    });
  }

  private change(endpoint: Resource, action: () => Promise<void>): void {
    const before = this.changes.get(endpoint.arn) ?? Promise.resolve();
    const change = before
      .then(action)
      .then(async () => {
        if (endpoint.internal.deleted || this.context.closing) return;
        touch(endpoint);
        await announce(this.context, endpoint);
      })
      .catch((error) => this.context.log(`Endpoint ${endpoint.name}: ${messageOf(error)}`))
      .finally(() => {
        if (this.changes.get(endpoint.arn) === change) this.changes.delete(endpoint.arn);
      });
    this.changes.set(endpoint.arn, change);
  }

  private async bringUp(endpoint: Resource, deployed: () => Deployed): Promise<void> {
    const { context } = this;
    const overrides = (endpoint.internal.overrides as Record<string, Override> | undefined) ?? {};
    const capture = endpoint.internal.capture as CaptureConfig | undefined;
    const deployment = new Deployment(context, endpoint, deployed(), overrides, capture);
    await deployment.start();
    if (context.closing) return deployment.stop();
    this.live.set(endpoint.arn, { current: deployment });
    remember(endpoint, deployment);
  }

  private async replace(endpoint: Resource, { configName, policy, retained }: EndpointUpdate): Promise<void> {
    const { context } = this;
    const before = this.live.get(endpoint.arn)!;
    const overrides = retainedValues(before.current.variants, retained);
    const deployed = deployedNow(context, endpoint, configName);
    const capture = retained.has('DataCaptureConfig') ? before.current.capture : undefined;
    const next = new Deployment(context, endpoint, deployed, overrides, capture);
    await this.showPending(endpoint, next, 'Creating');
    await next.start();
    if (context.closing) return next.stop();
    const shifting = { deployment: next, share: 0 };
    before.next = shifting;
    const rollout: Rollout = {
      policy,
      variants: deployed.config.describe.ProductionVariants,
      alarms: alarmsOf(policy),
      scope: endpoint.scope,
      signal: this.closing.signal,
      shift: (share) => {
        shifting.share = share;
      },
    };
    try {
      await this.showPending(endpoint, next, 'ActivatingTraffic');
      await shiftTraffic(context, rollout);
    } catch (error) {
      await this.rollBack(endpoint, before, next, error);
      throw error;
    }
    endpoint.internal.overrides = overrides;
    if (capture) endpoint.internal.capture = capture;
    else delete endpoint.internal.capture;
    endpoint.describe.EndpointConfigName = configName;
    this.live.set(endpoint.arn, { current: next });
    remember(endpoint, next);
    this.retire(before.current);
  }

  private async rollBack(endpoint: Resource, before: Fleets, next: Deployment, error: unknown): Promise<void> {
    delete before.next;
    if (error instanceof AlarmRaised && !this.context.closing) {
      endpoint.describe.EndpointStatus = 'RollingBack';
      touch(endpoint);
      await announce(this.context, endpoint);
    }
    this.retire(next);
  }

  /** Ends a deployment that has no traffic any more, in the background; closing waits for it. */
  private retire(deployment: Deployment): void {
    const retiring = deployment.retire().finally(() => this.retiring.delete(retiring));
    this.retiring.add(retiring);
  }

  private async showPending(endpoint: Resource, next: Deployment, Status: string): Promise<void> {
    const started = endpoint.describe.PendingDeploymentSummary?.StartTime ?? nowSeconds();
    endpoint.describe.PendingDeploymentSummary = {
      EndpointConfigName: next.deployed.config.name,
      ProductionVariants: next.variants.map((variant) => ({ ...variant.summary(), VariantStatus: [{ Status }] })),
      StartTime: started,
    };
    await this.context.store.put(endpoint);
  }
}

/** Keeps with the endpoint what serves it, so that it comes back after a restart whatever is deleted meanwhile. */
function remember(endpoint: Resource, deployment: Deployment): void {
  endpoint.internal.deployed = deployment.deployed;
  endpoint.internal.instances = deployment.deployed.config.describe.ProductionVariants;
  describeDeployment(endpoint, deployment);
}

function describeDeployment(endpoint: Resource, deployment: Deployment): void {
  const { describe } = endpoint;
  describe.ProductionVariants = deployment.variants.map((variant) => variant.summary());
  const shadows = deployment.shadows.map((variant) => variant.summary());
  describe.ShadowProductionVariants = shadows.length > 0 ? shadows : undefined;
  describe.DataCaptureConfig = captureSummary(deployment.capture);
  describe.AsyncInferenceConfig = deployment.asyncConfig;
}

function retainedValues(variants: readonly Variant[], retained: ReadonlySet<string>): Record<string, Override> {
  return Object.fromEntries(
    variants.map(({ name, weight, instanceCount }) => [
      name,
      {
        ...(retained.has('DesiredWeight') ? { weight } : {}),
        ...(retained.has('DesiredInstanceCount') ? { instanceCount } : {}),
      },
    ]),
  );
}

function captureSummary(config: CaptureConfig | undefined) {
  if (!config) return undefined;
  const enabled = config.EnableCapture !== false;
  return {
    EnableCapture: enabled,
    CaptureStatus: enabled ? 'Started' : 'Stopped',
    CurrentSamplingPercentage: config.InitialSamplingPercentage,
    DestinationS3Uri: config.DestinationS3Uri,
    KmsKeyId: config.KmsKeyId ?? '',
  };
}
