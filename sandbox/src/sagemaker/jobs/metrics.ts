import type { Context } from '../context';
import type { MetricDatum } from '../options';
import { nowSeconds } from '../state/store';
import { putMetrics } from './utilization';

export interface MetricDefinition {
  readonly Name: string;
  readonly Regex: string;
}

// The built-in algorithm's lines: [3]#011train-auc:0.91#011validation-auc:0.88
const BUILT_IN = /#011(train|validation)-([\w@.-]+):([-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|nan|inf))/g;

/** Reads metrics from log lines as they pass; the last value of each is the final one. */
export class MetricReader {
  private readonly definitions: { name: string; regex: RegExp }[];
  private readonly latest = new Map<string, { Value: number; Timestamp: number }>();

  constructor(definitions: readonly MetricDefinition[]) {
    this.definitions = definitions.flatMap(({ Name, Regex }) => {
      try {
        return [{ name: Name, regex: new RegExp(Regex) }];
      } catch {
        return [];
      }
    });
  }

  /** Definitions whose expression cannot be read; empty when all can. */
  static invalid(definitions: readonly MetricDefinition[]): MetricDefinition[] {
    return definitions.filter(({ Regex }) => {
      try {
        return new RegExp(Regex) === undefined;
      } catch {
        return true;
      }
    });
  }

  /** Takes the values of a line; those of the built-in algorithm's own metrics too, where it is one of its lines. */
  read(line: string, nowSeconds: number, builtIn = false): { name: string; value: number }[] {
    const found = this.definitions.flatMap(({ name, regex }) => {
      const match = regex.exec(line);
      return match ? [{ name, text: match[1] ?? match[0] }] : [];
    });
    if (builtIn) {
      for (const match of line.matchAll(BUILT_IN)) found.push({ name: `${match[1]}:${match[2]}`, text: match[3]! });
    }
    const values = found.map(({ name, text }) => ({ name, value: Number(text) }));
    const finite = values.filter(({ value }) => Number.isFinite(value));
    for (const { name, value } of finite) this.latest.set(name, { Value: value, Timestamp: nowSeconds });
    return finite;
  }

  final(): { MetricName: string; Value: number; Timestamp: number }[] {
    return [...this.latest].map(([MetricName, { Value, Timestamp }]) => ({ MetricName, Value, Timestamp }));
  }
}

const NAMESPACE = '/aws/sagemaker/TrainingJobs';
const PUT_EVERY_MS = 1_000;
/** Of a script that prints faster than this, CloudWatch gets the last values of each second. */
const MOST_A_PUT = 100;

/** The metrics of one training job: read from its log, kept for its description, put to CloudWatch. */
export class TrainingMetrics {
  private readonly reader: MetricReader;
  private waiting: MetricDatum[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly context: Context,
    private readonly jobName: string,
    definitions: readonly MetricDefinition[],
  ) {
    this.reader = new MetricReader(definitions);
  }

  read(line: string, builtIn: boolean): void {
    for (const { name, value } of this.reader.read(line, nowSeconds(), builtIn)) {
      this.waiting.push({ name, value, unit: 'None', dimensions: { TrainingJobName: this.jobName } });
      this.timer ??= setTimeout(() => this.put(), PUT_EVERY_MS).unref();
    }
  }

  /** The last value of each metric; what CloudWatch has not had yet goes there now. */
  final(): { MetricName: string; Value: number; Timestamp: number }[] {
    this.put();
    return this.reader.final();
  }

  private put(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    putMetrics(this.context, NAMESPACE, this.waiting.slice(-MOST_A_PUT));
    this.waiting = [];
  }
}
