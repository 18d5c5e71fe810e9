import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Context } from '../context';
import type { Resource } from '../state/store';
import type { CaptureConfig } from './capture';
import { Variant } from './variant';

/** What an endpoint serves, kept with it: config and models may be deleted while it goes on serving. */
export interface Deployed {
  readonly config: Resource;
  readonly models: Record<string, Resource>;
}

/** Values of one variant that an update of weights and capacities set, or that were retained through an update. */
export interface Override {
  weight?: number;
  instanceCount?: number;
}

/** The config and the models as they are now; throws where one of them is gone. */
export function deployedNow({ store }: Context, endpoint: Resource, configName: string): Deployed {
  const config = store.get('endpoint-config', endpoint.scope, configName);
  if (!config) throw new Error(`The endpoint configuration '${configName}' was deleted.`);
  const { ProductionVariants, ShadowProductionVariants = [] } = config.describe;
  const models: Record<string, Resource> = {};
  for (const { ModelName, VariantName } of [...ProductionVariants, ...ShadowProductionVariants]) {
    const model = store.get('model', endpoint.scope, ModelName);
    if (!model) throw new Error(`The model '${ModelName}' of variant ${VariantName} was deleted.`);
    models[ModelName] = model;
  }
  return structuredClone({ config, models });
}

/** The variants of one endpoint config that serve together. */
export class Deployment {
  readonly variants: Variant[];
  readonly shadows: Variant[];

  constructor(
    context: Context,
    endpoint: Resource,
    readonly deployed: Deployed,
    overrides: Record<string, Override>,
    readonly capture: CaptureConfig | undefined = deployed.config.describe.DataCaptureConfig,
  ) {
    const { ProductionVariants, ShadowProductionVariants = [] } = deployed.config.describe;
    const { accountId, region } = endpoint.scope;
    // biome-ignore lint/suspicious/noExplicitAny: the request was checked against the service model
    const variantOf = (config: Record<string, any>) => {
      const id = `${accountId}.${region}.${endpoint.name}.${randomBytes(4).toString('hex')}`;
      const model = deployed.models[config.ModelName]!;
      const folder = join(context.workDir, 'endpoint', id);
      return new Variant(context, { endpoint, model, config, capture, folder });
    };
    this.variants = ProductionVariants.map(variantOf);
    this.shadows = ShadowProductionVariants.map(variantOf);
    this.adjust(overrides);
  }

  get asyncConfig() {
    return this.deployed.config.describe.AsyncInferenceConfig;
  }

  adjust(overrides: Record<string, Override>): void {
    for (const variant of this.variants) {
      const { weight, instanceCount } = overrides[variant.name] ?? {};
      if (weight !== undefined) variant.weight = weight;
      if (instanceCount !== undefined) variant.instanceCount = instanceCount;
    }
  }

  /** Brings every variant up; where one fails, all of them are stopped and its reason is thrown. */
  async start(): Promise<void> {
    const starts = await Promise.allSettled(this.all.map((variant) => variant.start()));
    const failed = starts.find((start): start is PromiseRejectedResult => start.status === 'rejected');
    if (!failed) return;
    await this.stop();
    throw failed.reason;
  }

  async stop(): Promise<void> {
    await Promise.allSettled(this.all.map((variant) => variant.stop()));
  }

  /** Stops without a request lost: no more of them may be given to it. */
  async retire(): Promise<void> {
    await Promise.allSettled(this.all.map((variant) => variant.retire()));
  }

  /** A variant to answer a request: the one asked for, or one by weight. */
  choose(target: string | undefined): Variant | undefined {
    const { variants } = this;
    if (target !== undefined) return variants.find((variant) => variant.name === target);
    if (variants.length === 1) return variants[0];
    const total = variants.reduce((sum, { weight }) => sum + weight, 0);
    let point = Math.random() * total;
    for (const variant of variants) {
      point -= variant.weight;
      if (point < 0) return variant;
    }
    return variants[0];
  }

  private get all(): Variant[] {
    return [...this.variants, ...this.shadows];
  }
}
