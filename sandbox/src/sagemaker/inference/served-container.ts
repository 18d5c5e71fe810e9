import { mkdir, rm } from 'node:fs/promises';
import { messageOf } from '../api/errors';
import { S3DataError } from '../aws/s3';
import type { Context } from '../context';
import { JobFailure } from '../jobs/control';
import { fetchModel, type Serving, ServingFailure, type ServingSpec, startServing } from './serving';

const RESTART_DELAY_MS = 500;
const MAX_RESTART_DELAY_MS = 30_000;

/** One container that serves: its process, which is started again whenever it dies. */
export class ServedContainer {
  serving: Serving | undefined;
  private readonly aborter = new AbortController();
  private stopped = false;
  private starting: Promise<void> | undefined;

  constructor(
    private readonly context: Context,
    /** Its host name in the model, or its place, such as `container_1`. */
    readonly name: string,
    /** Names endpoint and variant in messages. */
    private readonly place: { readonly endpoint: string; readonly variant: string },
    private readonly spec: ServingSpec,
  ) {}

  /** Downloads the model and starts its process; throws a {@link ServingFailure} with the reason. */
  async start(): Promise<void> {
    await mkdir(this.spec.folder, { recursive: true });
    try {
      await fetchModel(this.context, this.spec);
    } catch (error) {
      if (!(error instanceof S3DataError)) throw error;
      throw new ServingFailure(
        `Failed to download model data for container "${this.name}" from ${this.dataUrl}. ${error.message}`,
      );
    }
    await this.startProcess();
  }

  /** The process that answers now; waits where it is being started again. */
  async ready(): Promise<Serving | undefined> {
    if (this.starting) await this.starting.catch(() => undefined);
    return this.serving;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.aborter.abort();
    await this.serving?.stop();
    await rm(this.spec.folder, { recursive: true, force: true }).catch(() => undefined);
  }

  private get dataUrl(): string {
    const { ModelDataUrl, ModelDataSource } = this.spec.container;
    return ModelDataUrl ?? ModelDataSource?.S3DataSource?.S3Uri ?? 'none';
  }

  private async startProcess(): Promise<void> {
    try {
      const serving = await startServing(this.context, this.spec, this.aborter.signal);
      this.serving = serving;
      void serving.exited.then(({ code }) => this.died(serving, code));
    } catch (error) {
      if (!(error instanceof ServingFailure || error instanceof JobFailure)) throw error;
      throw new ServingFailure(
        `The ${this.name} container for production variant ${this.place.variant} did not pass the ping health check. ` +
          `Please check CloudWatch logs for this endpoint. (${error.message})`,
      );
    }
  }

  private died(serving: Serving, code: number): void {
    if (this.serving === serving) this.serving = undefined;
    if (this.stopped) return;
    const { endpoint, variant } = this.place;
    const text = `The serving process of ${endpoint}, variant ${variant}, ended with exit code ${code}; it is started again.`;
    this.spec.onLine(`[sandbox] ${text}`);
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
      this.context.log(`${this.place.endpoint}, variant ${this.place.variant}: ${messageOf(error)}`);
      return this.restart(Math.min(delayMs * 2, MAX_RESTART_DELAY_MS));
    }
  }
}
