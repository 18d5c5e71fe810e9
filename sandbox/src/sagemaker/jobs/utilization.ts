import { messageOf } from '../api/errors';
import type { Context } from '../context';
import type { MetricDatum } from '../options';
import type { ContainerProcess } from '../processes/container-spec';
import type { InstanceSize } from '../processes/instance-types';

const EVERY_MS = 60_000;

export interface UtilizationTarget {
  /** The namespace in CloudWatch, which is also the log group's name without its last part. */
  readonly namespace: string;
  readonly dimensions: Record<string, string>;
  readonly size?: InstanceSize;
}

/** Puts CPU and memory of a container to CloudWatch, each minute and when it ends, in AWS's units. */
export function reportUtilization(context: Context, process: ContainerProcess, target: UtilizationTarget): void {
  const memory = context.host.memoryOf(target.size);
  let [cpu, seconds] = [0, 0];
  const report = (ended: boolean) => {
    const now = process.usage();
    const elapsed = Math.max(now.seconds - seconds, 0.001);
    // Per cent of one CPU: two that are busy make 200.
    const busy = (100 * Math.max(0, now.cpuSeconds - cpu)) / elapsed;
    const used = ended && seconds === 0 ? now.peakMemoryBytes : now.memoryBytes || now.peakMemoryBytes;
    [cpu, seconds] = [now.cpuSeconds, now.seconds];
    putMetrics(context, target.namespace, [
      { name: 'CPUUtilization', dimensions: target.dimensions, value: busy, unit: 'Percent' },
      { name: 'MemoryUtilization', dimensions: target.dimensions, value: (100 * used) / memory, unit: 'Percent' },
    ]);
  };
  const timer = setInterval(() => report(false), EVERY_MS).unref();
  void process.exited.then(() => {
    clearInterval(timer);
    report(true);
  });
}

/** Metrics that cannot be put are a line in the sandbox's log. */
export function putMetrics(context: Context, namespace: string, data: MetricDatum[]): void {
  if (context.closing || data.length === 0) return;
  void context.options
    .putMetrics?.(namespace, data)
    .catch((error) => context.log(`Metrics of ${namespace} were lost: ${messageOf(error)}`));
}

/** What a container took, for its log. */
export function usageLine(context: Context, name: string, process: ContainerProcess, size?: InstanceSize): string {
  const { cpuSeconds, peakMemoryBytes, seconds } = process.usage();
  const megabytes = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`;
  return (
    `[sandbox] ${name} ran for ${seconds.toFixed(1)} s and used ${cpuSeconds.toFixed(1)} s of CPU time and at most ` +
    `${megabytes(peakMemoryBytes)} of memory; it may use ${context.host.cpusOf(size)} CPU(s) and ` +
    `${megabytes(context.host.memoryOf(size))}.`
  );
}
