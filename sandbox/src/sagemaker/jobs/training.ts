import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { announce } from '../context';
import { nowSeconds, type Resource } from '../state/store';
import { clusterOf, type Host, networkOf } from './cluster';
import { outOfMemory } from './containers';
import { JobFailure, type StopReason } from './control';
import { checkpoint, type JobRun, type JobType, touch } from './lifecycle';
import { TrainingMetrics } from './metrics';
import { Trainee } from './trainee';
import { failureText, uploadResults } from './training-results';

/** AWS's words. */
const MESSAGES: Record<string, string> = {
  Starting: 'Starting the training job',
  Pending: 'Preparing the instances for training',
  Downloading: 'Downloading input data',
  Training: 'Training image download completed. Training in progress.',
  Interrupted: 'Managed spot training instances were interrupted',
  Restarting: 'Restarting the training job on new instances',
  Stopping: 'Stopping the training job',
  Uploading: 'Uploading generated training model',
  Completed: 'Training job completed',
  Failed: 'Training job failed',
  Stopped: 'Training job stopped',
  MaxRuntimeExceeded: 'Training job runtime exceeded MaxRuntimeInSeconds provided',
  MaxWaitTimeExceeded: 'Training job wait time exceeded MaxWaitTimeInSeconds provided',
};
/** What managed spot instances cost here, as a share of the price on demand: AWS saves up to nine tenths. */
const SPOT_SHARE = 0.3;
/** A tag by which a test has a managed spot job interrupted, once, so many seconds after its training began. */
const INTERRUPT_TAG = 'sandbox:interrupt-after-seconds';

/** Enters a secondary status, closing the one before. */
export function enter(resource: Resource, status: string): void {
  const { describe } = resource;
  const now = nowSeconds();
  describe.SecondaryStatusTransitions ??= [];
  const transitions = describe.SecondaryStatusTransitions as Record<string, unknown>[];
  const last = transitions.at(-1);
  if (last) last.EndTime = now;
  transitions.push({ Status: status, StartTime: now, StatusMessage: MESSAGES[status] ?? status });
  describe.SecondaryStatus = status;
  touch(resource);
}

const STOPPED: Partial<Record<StopReason, string>> = {
  'max-runtime': 'MaxRuntimeExceeded',
  'max-wait': 'MaxWaitTimeExceeded',
};

export const trainingJobs: JobType = {
  prefix: 'Training',
  logGroup: '/aws/sagemaker/TrainingJobs',
  maxRuntime: ({ describe }) => describe.StoppingCondition?.MaxRuntimeInSeconds as number | undefined,
  maxWait: ({ describe }) =>
    describe.EnableManagedSpotTraining
      ? (describe.StoppingCondition?.MaxWaitTimeInSeconds as number | undefined)
      : undefined,
  run,
  finish(resource, status, reason) {
    const { describe } = resource;
    if (describe.TrainingStartTime !== undefined) bill(resource);
    enter(resource, (reason && STOPPED[reason]) ?? status);
    const last = (describe.SecondaryStatusTransitions as Record<string, unknown>[]).at(-1)!;
    last.EndTime = last.StartTime;
    const kept = describe.ResourceConfig?.KeepAlivePeriodInSeconds as number | undefined;
    // There are no instances to keep: the pool is over as soon as it is there.
    if (kept && status === 'Completed') {
      describe.WarmPoolStatus = { Status: 'Terminated', ResourceRetainedBillableTimeInSeconds: 0 };
    }
  },
};

/** Time is billed from the start to the end; on spot instances without the waiting, and at their price. */
function bill({ describe }: Resource): void {
  const seconds = describe.TrainingEndTime - describe.TrainingStartTime;
  describe.TrainingTimeInSeconds = Math.max(1, Math.round(seconds));
  const share = describe.EnableManagedSpotTraining ? SPOT_SHARE : 1;
  describe.BillableTimeInSeconds = Math.max(1, Math.round(seconds * share));
}

async function run(job: JobRun): Promise<void> {
  const { context, resource, control } = job;
  const { describe } = resource;
  const phase = async (status: string) => {
    enter(resource, status);
    await announce(context, resource);
  };
  const metrics = new TrainingMetrics(context, resource.name, describe.AlgorithmSpecification.MetricDefinitions ?? []);
  const cluster = clusterOf(describe.ResourceConfig);
  const network = networkOf(cluster);
  const trainees = cluster.map((host) => new Trainee(job, cluster, host, network(host), metrics));
  interruptLater(job);
  for (;;) {
    await phase('Downloading');
    await attempt(job, trainees, () => phase('Training')).catch((error) => {
      // Whatever broke while the instances were taken away begins anew.
      if (!control.interrupted || control.stopReason) throw error;
    });
    if (!control.interrupted || control.stopReason) break;
    await phase('Interrupted');
    for (const { folder } of trainees) await rm(folder, { recursive: true, force: true });
    await phase('Restarting');
    control.resume();
  }
  describe.FinalMetricDataList = metrics.final();
  if (!control.stopReason) await phase('Uploading');
  await uploadResults(job, trainees);
}

/** One attempt on all instances; the first that fails ends the others, and gives the reason. */
async function attempt(job: JobRun, trainees: readonly Trainee[], training: () => Promise<void>): Promise<void> {
  const { control } = job;
  checkpoint(control);
  for (const trainee of trainees) await trainee.prepare();
  checkpoint(control);
  const announced = training();
  const failed: { trainee: Trainee; failure: Promise<JobFailure> }[] = [];
  const running = trainees.map(async (trainee) => {
    const ended = await trainee.train().catch((error) => {
      control.stopProcesses();
      throw error;
    });
    if (ended.code === 0 || control.stopReason || control.interrupted || failed.length > 0) return;
    failed.push({ trainee, failure: failureOf(job, trainee.host, trainee, ended) });
    control.stopProcesses();
  });
  await announced;
  const outcomes = await Promise.allSettled(running);
  await Promise.all(trainees.map((trainee) => trainee.finish()));
  const broken = outcomes.find((outcome) => outcome.status === 'rejected');
  if (broken) throw broken.reason;
  if (failed.length === 0) return;
  const reason = await failed[0]!.failure;
  // What the job wrote for the reader is kept; of S3 that fails too, the first reason says more.
  await uploadResults(job, trainees, { outputOnly: true }).catch((error) => job.context.log(String(error)));
  throw reason;
}

async function failureOf(
  job: JobRun,
  host: Host,
  trainee: Trainee,
  ended: Awaited<ReturnType<Trainee['train']>>,
): Promise<JobFailure> {
  if (ended.outOfMemory) return outOfMemory(job, host);
  const file = join(trainee.folder, 'output', 'failure');
  return new JobFailure(await failureText(file, ended.code, trainee.command, ended.tail), ended.code);
}

function interruptLater({ resource, control }: JobRun): void {
  const after = Number(resource.tags.find(({ Key }) => Key === INTERRUPT_TAG)?.Value);
  if (!resource.describe.EnableManagedSpotTraining || !(after >= 0)) return;
  const look = setInterval(() => {
    const { SecondaryStatus, SecondaryStatusTransitions } = resource.describe;
    if (control.stopReason) clearInterval(look);
    if (SecondaryStatus !== 'Training' || nowSeconds() - SecondaryStatusTransitions.at(-1).StartTime < after) return;
    clearInterval(look);
    control.interrupt();
  }, 100).unref();
}
