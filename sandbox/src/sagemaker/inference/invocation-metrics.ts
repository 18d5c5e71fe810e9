import { messageOf } from '../api/errors';
import type { MetricDatum, SageMakerOptions } from '../options';
import type { Variant } from './variant';

const FLUSH_MS = 250;

export interface Measured {
  /** Milliseconds in which the model answered. */
  readonly model: number;
  /** Milliseconds from the request to the answer. */
  readonly total: number;
  readonly status: number;
}

/** AWS/SageMaker's metrics of invocations, told several at a time: an invocation does not wait for its own. */
export class InvocationMetrics {
  private waiting: MetricDatum[] = [];
  private timer: NodeJS.Timeout | undefined;
  private telling: Promise<void> = Promise.resolve();

  constructor(
    private readonly putMetrics: SageMakerOptions['putMetrics'],
    private readonly log: (line: string) => void,
  ) {}

  count(endpoint: string, variant: Variant, { model, total, status }: Measured): void {
    if (!this.putMetrics) return;
    const dimensions = { EndpointName: endpoint, VariantName: variant.name };
    const add = (name: string, value: number, unit: string) => this.waiting.push({ name, dimensions, value, unit });
    add('Invocations', 1, 'None');
    add('InvocationsPerInstance', 1 / Math.max(1, variant.instanceCount), 'None');
    add('InvocationModelErrors', status === 200 ? 0 : 1, 'None');
    add('Invocation4XXErrors', status >= 400 && status < 500 ? 1 : 0, 'None');
    add('Invocation5XXErrors', status >= 500 ? 1 : 0, 'None');
    // Latencies are microseconds.
    add('ModelLatency', Math.round(model * 1000), 'Microseconds');
    add('OverheadLatency', Math.round((total - model) * 1000), 'Microseconds');
    this.timer ??= setTimeout(() => this.flush(), FLUSH_MS).unref();
  }

  /** Tells what is left. */
  async end(): Promise<void> {
    this.flush();
    await this.telling;
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const data = this.waiting;
    if (data.length === 0) return;
    this.waiting = [];
    this.telling = this.telling
      .then(() => this.putMetrics!('AWS/SageMaker', data))
      .catch((error) => this.log(`${data.length} metric values of invocations were lost: ${messageOf(error)}`));
  }
}
