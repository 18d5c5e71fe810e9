import type { LogStream } from '../aws/logs';
import type { ContainerProcess, ContainerSpec, ExitStatus } from '../processes/container-spec';
import type { ContainerNetwork } from '../processes/isolation';
import { escapeControls } from '../processes/lines';
import type { Host } from './cluster';
import { JobFailure } from './control';
import { type JobRun, recordProcess } from './lifecycle';
import { reportUtilization, usageLine } from './utilization';

/** How a job runs one of its containers. */
export interface JobContainer
  extends Pick<
    ContainerSpec,
    'folder' | 'command' | 'cwd' | 'environment' | 'networkIsolation' | 'readOnly' | 'image'
  > {
  readonly host: Host;
  readonly network: ContainerNetwork;
  /** Where lines go, after the log. */
  readonly onLine?: (line: string) => void;
}

/** How a container ended, and what it wrote last to its standard error. */
export interface Ended extends ExitStatus {
  readonly tail: readonly string[];
}

const TAIL_LINES = 20;

/** Starts a container of a training or processing job; its lines go to the log as SageMaker's agent writes them. */
export async function startContainer(
  job: JobRun,
  container: JobContainer,
): Promise<{ process: ContainerProcess; ended: Promise<Ended> }> {
  const { host, network, onLine, ...how } = container;
  const { context, resource } = job;
  const stream = job.log(host.name);
  const tail: string[] = [];
  const process = await context.host.start({
    ...how,
    scope: resource.scope,
    network,
    size: host.size,
    label: { name: resource.name, kind: resource.kind as 'training-job', host: host.name },
    onLine: (text, from) => {
      const line = escapeControls(text);
      stream.line(line);
      onLine?.(line);
      if (from !== 'stderr') return;
      tail.push(text.slice(-1000));
      if (tail.length > TAIL_LINES) tail.shift();
    },
    ready: () => stream.ready(),
  });
  const followed = job.control.follow(process);
  void recordProcess(job, process).catch(() => undefined);
  reportUtilization(context, process, {
    namespace: stream.group,
    dimensions: { Host: `${resource.name}/${host.name}` },
    size: host.size,
  });
  return { process, ended: followed.then((status) => tell(job, host, stream, process, { ...status, tail })) };
}

function tell(job: JobRun, host: Host, stream: LogStream, process: ContainerProcess, ended: Ended): Ended {
  stream.line(usageLine(job.context, host.name, process, host.size));
  return ended;
}

/** The failure of a container that the sandbox killed for its memory, in AWS's words. */
export function outOfMemory(job: JobRun, host: Host): JobFailure {
  const limit = Math.round(job.context.host.memoryOf(host.size) / 2 ** 20);
  return new JobFailure(
    `AlgorithmError: OutOfMemoryError: the processes of ${host.name} took more memory than the ${limit} MiB of ` +
      `${host.instanceType}. Please use an instance type with more memory, or reduce the size of the data that is ` +
      'processed on an instance, exit code: 137',
    137,
  );
}
