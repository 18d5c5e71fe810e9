import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { messageOf } from '../api/errors';
import { announce, type Context } from '../context';
import { touch } from '../jobs/lifecycle';
import { nowSeconds, type Resource } from '../state/store';
import type { CaptureConfig } from './capture';
import { Variant } from './variant';

/** The variants of one endpoint config that serve together. */
interface Deployment {
  readonly configName: string;
  readonly variants: Variant[];
}

/** The endpoints' processes, and the changes of state that go with them. */
export class Endpoints {
  private readonly live = new Map<string, Deployment>();
  /** Changes of one endpoint follow each other. */
  private readonly changes = new Map<string, Promise<void>>();

  constructor(private readonly context: Context) {}

  status(): { name: string; pid: number; status: string }[] {
    return this.context.store.list('endpoint').map((endpoint) => ({
      name: endpoint.name,
      pid: this.live.get(endpoint.arn)?.variants[0]?.serving?.process.pid ?? 0,
      status: endpoint.describe.EndpointStatus as string,
    }));
  }

  /** Brings a new endpoint up: Creating → InService or Failed. */
  create(endpoint: Resource): void {
    this.change(endpoint, async () => {
      try {
        await this.bringUp(endpoint, endpoint.describe.EndpointConfigName);
        endpoint.describe.EndpointStatus = 'InService';
      } catch (error) {
        endpoint.describe.EndpointStatus = 'Failed';
        endpoint.describe.FailureReason = messageOf(error).slice(0, 1024);
      }
    });
  }

  /** Brings the new config up before the old one goes; when that fails the old one keeps serving. */
  update(endpoint: Resource, configName: string): void {
    this.change(endpoint, async () => {
      const before = this.live.get(endpoint.arn);
      try {
        await this.bringUp(endpoint, configName);
        endpoint.describe.EndpointConfigName = configName;
        endpoint.describe.EndpointStatus = 'InService';
        delete endpoint.describe.FailureReason;
      } catch (error) {
        endpoint.describe.EndpointStatus = before ? 'InService' : 'Failed';
        endpoint.describe.FailureReason = messageOf(error).slice(0, 1024);
        return;
      }
      for (const variant of before?.variants ?? []) void variant.stop();
    });
  }

  /** Sets the variants' weights without touching their processes. */
  weigh(endpoint: Resource, weights: Map<string, number>): void {
    const deployment = this.live.get(endpoint.arn);
    for (const summary of endpoint.describe.ProductionVariants ?? []) {
      const weight = weights.get(summary.VariantName);
      if (weight !== undefined) Object.assign(summary, { CurrentWeight: weight, DesiredWeight: weight });
    }
    if (!deployment) return;
    endpoint.internal.weights = Object.fromEntries(weights);
  }

  async delete(endpoint: Resource): Promise<void> {
    const deployment = this.live.get(endpoint.arn);
    this.live.delete(endpoint.arn);
    endpoint.internal.deleted = true;
    await this.context.store.delete(endpoint);
    for (const variant of deployment?.variants ?? []) void variant.stop();
  }

  /** A variant to answer a request: the one asked for, or one by weight. */
  choose(endpoint: Resource, target: string | undefined): Variant | undefined {
    const variants = this.live.get(endpoint.arn)?.variants ?? [];
    if (target !== undefined) return variants.find((variant) => variant.name === target);
    const changed = (endpoint.internal.weights ?? {}) as Record<string, number>;
    const weighted = variants.map((variant) => ({ variant, weight: changed[variant.name] ?? variant.weight }));
    const total = weighted.reduce((sum, { weight }) => sum + weight, 0);
    let point = Math.random() * total;
    for (const { variant, weight } of weighted) {
      point -= weight;
      if (point < 0) return variant;
    }
    return variants[0];
  }

  /** Settles when the endpoint's change that is under way has ended. */
  async settled(endpoint: Resource): Promise<void> {
    await this.changes.get(endpoint.arn);
  }

  /** Starts the endpoints of an earlier server again. */
  resume(): void {
    for (const endpoint of this.context.store.list('endpoint')) {
      const { EndpointStatus } = endpoint.describe;
      if (EndpointStatus === 'Failed') continue;
      // An update that was cut off is not taken up: the endpoint serves what it served.
      if (EndpointStatus === 'Updating') {
        endpoint.describe.FailureReason =
          'The sandbox stopped during the update; the endpoint serves its former config.';
      }
      this.create(endpoint);
    }
  }

  async close(): Promise<void> {
    const variants = [...this.live.values()].flatMap((deployment) => deployment.variants);
    await Promise.allSettled(variants.map((variant) => variant.stop()));
    await Promise.allSettled(this.changes.values());
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
      .catch((error) => this.context.log(`Endpoint ${endpoint.name}: ${messageOf(error)}`));
    this.changes.set(endpoint.arn, change);
  }

  private async bringUp(endpoint: Resource, configName: string): Promise<void> {
    const { context } = this;
    const config = context.store.get('endpoint-config', endpoint.scope, configName);
    if (!config) throw new Error(`The endpoint configuration '${configName}' was deleted.`);
    const variants = this.variantsOf(endpoint, config);
    const starts = await Promise.allSettled(variants.map((variant) => variant.start()));
    const failed = starts.find((start): start is PromiseRejectedResult => start.status === 'rejected');
    if (failed || endpoint.internal.deleted || context.closing) {
      await Promise.allSettled(variants.map((variant) => variant.stop()));
      if (failed) throw failed.reason;
      return;
    }
    delete endpoint.internal.weights;
    this.live.set(endpoint.arn, { configName, variants });
    const resolved = nowSeconds();
    endpoint.describe.ProductionVariants = variants.map((variant) => variant.summary());
    endpoint.describe.DataCaptureConfig = captureSummary(config.describe.DataCaptureConfig);
    endpoint.describe.LastModifiedTime = resolved;
  }

  private variantsOf(endpoint: Resource, config: Resource): Variant[] {
    const { context } = this;
    const { scope } = endpoint;
    return (config.describe.ProductionVariants as Record<string, unknown>[]).map((variant) => {
      const model = context.store.get('model', scope, String(variant.ModelName));
      if (!model) throw new Error(`The model '${variant.ModelName}' of variant ${variant.VariantName} was deleted.`);
      const generation = randomBytes(4).toString('hex');
      const folder = join(
        context.workDir,
        'endpoint',
        `${scope.accountId}.${scope.region}.${endpoint.name}.${generation}`,
      );
      const weight = (variant.InitialVariantWeight as number | undefined) ?? 1;
      const capture = config.describe.DataCaptureConfig as CaptureConfig | undefined;
      return new Variant(context, String(variant.VariantName), weight, endpoint, model, variant, capture, folder);
    });
  }
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
