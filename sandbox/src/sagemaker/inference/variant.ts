import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LogStream } from '../aws/logs';
import type { S3 } from '../aws/s3';
import type { Context } from '../context';
import { asRole, checkRole, endRole } from '../iam/as-role';
import { instanceSize } from '../processes/instance-types';
import { nowSeconds, type Resource } from '../state/store';
import { type CaptureConfig, DataCapture } from './capture';
import { containersOf, type ModelServer, modelServer } from './model-server';

const DRAIN_SECONDS = 60;
const DRAIN_LOOK_MS = 50;

/** How one variant is to serve. */
export interface VariantSpec {
  readonly endpoint: Resource;
  readonly model: Resource;
  /** The variant as the endpoint config has it. */
  // biome-ignore lint/suspicious/noExplicitAny: the request was checked against the service model
  readonly config: Record<string, any>;
  readonly capture: CaptureConfig | undefined;
  readonly folder: string;
}

/** One production or shadow variant that serves. */
export class Variant {
  readonly name: string;
  readonly server: ModelServer;
  readonly capture: DataCapture | undefined;
  weight: number;
  instanceCount: number;
  /** Requests that it answers now. */
  underWay = 0;
  private readonly stream: LogStream;
  /** As the model's execution role. */
  private readonly context: Context;

  constructor(
    shared: Context,
    private readonly spec: VariantSpec,
  ) {
    const { endpoint, model, config, capture, folder } = spec;
    const { scope, name: endpointName } = endpoint;
    const context = asRole(shared, model.describe.ExecutionRoleArn, endpoint.arn);
    this.context = context;
    this.name = String(config.VariantName);
    this.weight = config.InitialVariantWeight ?? 1;
    this.instanceCount = config.InitialInstanceCount ?? (config.ServerlessConfig ? 0 : 1);
    const group = `/aws/sagemaker/Endpoints/${endpointName}`;
    this.stream = context.logs.stream(scope, group, `${this.name}/i-${randomBytes(8).toString('hex')}`);
    if (capture && capture.EnableCapture !== false) {
      this.capture = new DataCapture(context.s3, scope, capture, endpointName, this.name, context.log);
    }
    this.server = modelServer(model, {
      context,
      endpoint: endpointName,
      variant: this.name,
      scope,
      folder,
      healthCheckSeconds: config.ContainerStartupHealthCheckTimeoutInSeconds,
      size: instanceSize(config.InstanceType ?? ''),
      onLine: (line) => this.stream.line(line),
      ready: () => this.stream.ready(),
    });
  }

  /** ARN of the variant's log group, for a ModelError. */
  get logArn(): string {
    const { region, accountId } = this.spec.endpoint.scope;
    return `arn:aws:logs:${region}:${accountId}:log-group:${this.stream.group}`;
  }

  /** Where AWS's console shows its log, in the words of AWS's error messages. */
  get logUrl(): string {
    const { region, accountId } = this.spec.endpoint.scope;
    const console = `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}`;
    return `${console}#logEventViewer:group=${this.stream.group} in account ${accountId}`;
  }

  get serverless(): { MaxConcurrency: number } | undefined {
    return this.spec.config.ServerlessConfig;
  }

  /** The variant as DescribeEndpoint shows it. */
  summary() {
    const { model, config } = this.spec;
    const resolved = nowSeconds();
    return {
      VariantName: this.name,
      DeployedImages: containersOf(model).map(({ Image }) => ({
        SpecifiedImage: Image,
        ResolvedImage: this.context.images.resolve(Image).resolved,
        ResolutionTime: resolved,
      })),
      CurrentWeight: this.weight,
      DesiredWeight: this.weight,
      CurrentInstanceCount: this.instanceCount,
      DesiredInstanceCount: this.instanceCount,
      CurrentServerlessConfig: config.ServerlessConfig,
      ManagedInstanceScaling: config.ManagedInstanceScaling,
      RoutingConfig: config.RoutingConfig,
    };
  }

  /** S3 as the model's role has it. */
  get s3(): S3 {
    return this.context.s3;
  }

  async start(): Promise<void> {
    const { model, endpoint } = this.spec;
    for (const { Image } of containersOf(model)) await checkRole(this.context, endpoint.scope, Image);
    await this.server.start();
  }

  /** Stops once the requests that it answers are answered, or after the longest time that one may take. */
  async retire(): Promise<void> {
    const deadline = Date.now() + DRAIN_SECONDS * 1000;
    // A request that was given to this variant a moment ago is counted by then.
    do await sleep(DRAIN_LOOK_MS);
    while (this.underWay > 0 && Date.now() < deadline && !this.context.closing);
    await this.stop();
  }

  async stop(): Promise<void> {
    await this.server.stop();
    await this.capture?.end();
    await this.stream.end();
    endRole(this.context);
  }
}
