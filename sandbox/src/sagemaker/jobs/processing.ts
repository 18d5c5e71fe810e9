import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { announce } from '../context';
import type { Resource } from '../state/store';
import { clusterOf, networkOf } from './cluster';
import { outOfMemory } from './containers';
import { JobFailure } from './control';
import { checkpoint, type JobRun, type JobType } from './lifecycle';
import { Processor } from './processor';

/** AWS keeps the end of what a container writes to /opt/ml/output/message. */
const EXIT_MESSAGE_CHARS = 1024;
const FAILURE_CHARS = 900;

export const processingJobs: JobType = {
  prefix: 'Processing',
  logGroup: '/aws/sagemaker/ProcessingJobs',
  maxRuntime: (resource) => resource.describe.StoppingCondition?.MaxRuntimeInSeconds as number | undefined,
  run,
};

async function run(job: JobRun): Promise<void> {
  const { context, resource, control } = job;
  await announce(context, resource);
  const cluster = clusterOf(resource.describe.ProcessingResources.ClusterConfig);
  const network = networkOf(cluster);
  const processors = cluster.map((host) => new Processor(job, cluster, host, network(host)));
  for (const processor of processors) {
    checkpoint(control);
    await processor.prepare();
  }
  checkpoint(control);
  const failed = await runAll(job, processors);
  for (const processor of processors) await processor.finishContinuous();
  await readExitMessage(job, processors);
  if (failed) throw failed;
  for (const processor of processors) await processor.uploadOutputs();
}

/** Runs all instances to their end; the first that fails ends the others, and gives the reason. */
async function runAll(job: JobRun, processors: readonly Processor[]): Promise<JobFailure | undefined> {
  const { control } = job;
  let failure: Promise<JobFailure> | undefined;
  const outcomes = await Promise.allSettled(
    processors.map(async (processor) => {
      const ended = await processor.run().catch((error) => {
        control.stopProcesses();
        throw error;
      });
      if (ended.code === 0 || control.stopReason || failure) return;
      failure = ended.outOfMemory
        ? Promise.resolve(outOfMemory(job, processor.host))
        : failureOf(processor.folder, ended.code);
      control.stopProcesses();
    }),
  );
  const broken = outcomes.find((outcome) => outcome.status === 'rejected');
  if (broken) throw broken.reason;
  return failure;
}

async function readExitMessage({ resource }: JobRun, processors: readonly Processor[]): Promise<void> {
  for (const { folder } of processors) {
    const message = await readFile(join(folder, 'output', 'message'), 'utf8').catch(() => '');
    if (!message) continue;
    resource.describe.ExitMessage = message.slice(-EXIT_MESSAGE_CHARS);
    return;
  }
}

async function failureOf(folder: string, code: number): Promise<JobFailure> {
  const written = await readFile(join(folder, 'output', 'failure'), 'utf8').catch(() => '');
  const reason = written.trim() || 'See job logs for more information';
  return new JobFailure(`AlgorithmError: ${reason.slice(0, FAILURE_CHARS)}, exit code: ${code}`, code);
}

/** Fills what Describe shows beyond the request. */
export function completeProcessing(resource: Resource): void {
  resource.describe.StoppingCondition ??= { MaxRuntimeInSeconds: 86_400 };
}
