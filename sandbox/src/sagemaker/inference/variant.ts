import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { messageOf } from '../api/errors';
import type { LogStream } from '../aws/logs';
import { S3DataError } from '../aws/s3';
import type { Context } from '../context';
import { JobFailure } from '../jobs/control';
import { nowSeconds, type Resource } from '../state/store';
import { type CaptureConfig, DataCapture } from './capture';
import { fetchModel, type Serving, ServingFailure, type ServingSpec, startServing } from './serving';

const RESTART_DELAY_MS = 500;
const MAX_RESTART_DELAY_MS = 30_000;

/** One production variant that serves: its process, which is started again whenever it dies. */
export class Variant {
  serving: Serving | undefined;
  readonly capture: DataCapture | undefined;
  private readonly stream: LogStream;
  private readonly aborter = new AbortController();
  private stopped = false;
  private starting: Promise<void> | undefined;

  constructor(
    private readonly context: Context,
    readonly name: string,
    readonly weight: number,
    private readonly endpoint: Resource,
    private readonly model: Resource,
    // biome-ignore lint/suspicious/noExplicitAny: the request was checked against the service model
    private readonly variant: Record<string, any>,
    capture: CaptureConfig | undefined,
    private readonly folder: string,
  ) {
    const { scope } = endpoint;
    const group = `/aws/sagemaker/Endpoints/${endpoint.name}`;
    this.stream = context.logs.stream(scope, group, `${name}/i-${randomBytes(8).toString('hex')}`);
    if (capture?.EnableCapture !== false && capture) {
      this.capture = new DataCapture(context.s3, scope, capture, endpoint.name, name, context.log);
    }
  }

  /** ARN of the variant's log group, for a ModelError. */
  get logArn(): string {
    const { region, accountId } = this.endpoint.scope;
    return `arn:aws:logs:${region}:${accountId}:log-group:${this.stream.group}`;
  }

  /** The variant as DescribeEndpoint shows it. */
  summary() {
    const image = this.model.describe.PrimaryContainer.Image as string;
    const count = this.variant.InitialInstanceCount ?? (this.variant.ServerlessConfig ? 0 : 1);
    return {
      VariantName: this.name,
      DeployedImages: [
        {
          SpecifiedImage: image,
          ResolvedImage: this.context.images.resolve(image).resolved,
          ResolutionTime: nowSeconds(),
        },
      ],
      CurrentWeight: this.weight,
      DesiredWeight: this.weight,
      CurrentInstanceCount: count,
      DesiredInstanceCount: count,
      CurrentServerlessConfig: this.variant.ServerlessConfig,
    };
  }

  /** Downloads the model and starts its process; throws a {@link ServingFailure} with the reason. */
  async start(): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    try {
      await fetchModel(this.context, this.spec());
    } catch (error) {
      if (error instanceof S3DataError) {
        throw new ServingFailure(
          `Failed to download model data for container "container_1" from ${this.dataUrl()}. ${error.message}`,
        );
      }
      throw error;
    }
    await this.startProcess();
  }

  /** The process that answers now; waits where it is being started again. */
  async ready(): Promise<Serving | undefined> {
    await this.starting?.catch(() => undefined);
    return this.serving;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.aborter.abort();
    await this.serving?.stop();
    await this.capture?.end();
    await this.stream.end();
    await rm(this.folder, { recursive: true, force: true }).catch(() => undefined);
  }

  private dataUrl(): string {
    const { ModelDataUrl, ModelDataSource } = this.model.describe.PrimaryContainer;
    return ModelDataUrl ?? ModelDataSource?.S3DataSource?.S3Uri ?? 'none';
  }

  private spec(): ServingSpec {
    return {
      container: this.model.describe.PrimaryContainer,
      networkIsolation: this.model.describe.EnableNetworkIsolation === true,
      scope: this.endpoint.scope,
      folder: this.folder,
      healthCheckSeconds: this.variant.ContainerStartupHealthCheckTimeoutInSeconds as number | undefined,
      onLine: (line) => this.stream.line(line),
    };
  }

  private async startProcess(): Promise<void> {
    try {
      const serving = await startServing(this.context, this.spec(), this.aborter.signal);
      this.serving = serving;
      void serving.exited.then(({ code }) => this.died(serving, code));
    } catch (error) {
      if (error instanceof ServingFailure) throw new ServingFailure(this.unhealthy(error.message));
      if (error instanceof JobFailure) throw new ServingFailure(this.unhealthy(error.message));
      throw error;
    }
  }

  private unhealthy(why: string): string {
    return (
      `The primary container for production variant ${this.name} did not pass the ping health check. ` +
      `Please check CloudWatch logs for this endpoint. (${why})`
    );
  }

  private died(serving: Serving, code: number): void {
    if (this.serving === serving) this.serving = undefined;
    if (this.stopped) return;
    const text = `The serving process of ${this.endpoint.name}, variant ${this.name}, ended with exit code ${code}; it is started again.`;
    this.stream.line(`[sandbox] ${text}`);
    this.context.log(text);
    this.starting = this.restart(RESTART_DELAY_MS).finally(() => {
      this.starting = undefined;
    });
  }

  private async restart(delayMs: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, delayMs).unref());
    if (this.stopped) return;
    try {
      await this.startProcess();
    } catch (error) {
      this.context.log(`${this.endpoint.name}, variant ${this.name}: ${messageOf(error)}`);
      return this.restart(Math.min(delayMs * 2, MAX_RESTART_DELAY_MS));
    }
  }
}
