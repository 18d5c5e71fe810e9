import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { announce } from '../context';
import { nowSeconds, type Resource } from '../state/store';
import { downloadChannels } from './channels';
import { JobFailure } from './control';
import { resourceConfig } from './environment';
import { FolderSync } from './folder-sync';
import { checkpoint, type JobRun, type JobType, recordProcess, touch } from './lifecycle';
import { MetricReader } from './metrics';
import { commandOf, inputDataConfig } from './training-command';
import { failureText, uploadResults } from './training-results';

const MESSAGES: Record<string, string> = {
  Pending: 'Waiting for a free slot',
  Starting: 'Starting the training job',
  Downloading: 'Downloading input data',
  Training: 'Training in progress',
  Uploading: 'Uploading generated training model',
  Completed: 'Training job completed',
  Failed: 'Training job failed',
  Stopped: 'Training job stopped',
  MaxRuntimeExceeded: 'Training job exceeded its maximum run time',
};

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

export const trainingJobs: JobType = {
  prefix: 'Training',
  logGroup: '/aws/sagemaker/TrainingJobs',
  logStream: (name) => `${name}/algo-1-${Math.floor(nowSeconds())}`,
  maxRuntime: (resource) => resource.describe.StoppingCondition?.MaxRuntimeInSeconds as number | undefined,
  run,
  finish(resource, status, reason) {
    const { describe } = resource;
    const seconds = Math.max(
      1,
      Math.round(describe.TrainingEndTime - (describe.TrainingStartTime ?? describe.TrainingEndTime)),
    );
    describe.TrainingTimeInSeconds = seconds;
    describe.BillableTimeInSeconds = seconds;
    enter(resource, reason === 'max-runtime' ? 'MaxRuntimeExceeded' : status);
    const last = (describe.SecondaryStatusTransitions as Record<string, unknown>[]).at(-1)!;
    last.EndTime = last.StartTime;
    if (describe.FailureReason) last.StatusMessage = describe.FailureReason;
  },
};

async function run(job: JobRun): Promise<void> {
  const { context, resource, control, folder } = job;
  const { describe } = resource;
  const phase = async (status: string) => {
    enter(resource, status);
    await announce(context, resource);
  };
  await phase('Starting');
  await writeConfiguration(job);
  await phase('Downloading');
  checkpoint(control);
  await downloadChannels(context.s3, resource.scope, describe.InputDataConfig ?? [], folder);
  const checkpoints = await startCheckpoints(job);
  checkpoint(control);
  const metrics = await trainOrExplain(job, () => phase('Training'), checkpoints);
  describe.FinalMetricDataList = metrics.final();
  if (!control.stopReason) await phase('Uploading');
  await uploadResults(job);
}

async function trainOrExplain(
  job: JobRun,
  training: () => Promise<void>,
  checkpoints: FolderSync | undefined,
): Promise<MetricReader> {
  const { describe } = job.resource;
  const command = await commandOf(job);
  const metrics = new MetricReader(describe.AlgorithmSpecification.MetricDefinitions ?? [], command.builtIn);
  const tail: string[] = [];
  const onLine = (line: string) => {
    job.stream.line(line);
    metrics.read(line, nowSeconds());
    tail.push(line);
    if (tail.length > 20) tail.shift();
  };
  noteDifferences(job);
  const announced = training();
  const process = await job.context.host.start({
    folder: job.folder,
    command: command.command,
    cwd: command.cwd,
    environment: command.environment,
    networkIsolation: describe.EnableNetworkIsolation === true,
    scope: job.resource.scope,
    onLine,
  });
  const followed = job.control.follow(process);
  await announced;
  void recordProcess(job, process).catch(() => undefined);
  const { code } = await followed;
  await checkpoints?.finish();
  if (code !== 0 && !job.control.stopReason) {
    await uploadResults(job, { outputOnly: true });
    throw new JobFailure(await failureText(job, code, command.command, tail), code);
  }
  return metrics;
}

async function writeConfiguration({ resource, folder }: JobRun): Promise<void> {
  const { describe } = resource;
  const config = join(folder, 'input', 'config');
  for (const dir of [config, join(folder, 'model'), join(folder, 'output', 'data'), join(folder, 'input', 'data')]) {
    await mkdir(dir, { recursive: true });
  }
  await mkdir(join(folder, 'checkpoints'), { recursive: true });
  const write = (name: string, value: unknown) => writeFile(join(config, name), JSON.stringify(value));
  await write('hyperparameters.json', describe.HyperParameters ?? {});
  await write('inputdataconfig.json', inputDataConfig(resource));
  await write('resourceconfig.json', resourceConfig(describe.ResourceConfig.InstanceType ?? 'ml.m5.large'));
}

function noteDifferences({ resource, stream }: JobRun): void {
  const count = resource.describe.ResourceConfig.InstanceCount ?? 1;
  if (count > 1) stream.line(`[sandbox] ${count} instances were asked for; the sandbox runs one host, algo-1.`);
}

async function startCheckpoints({ context, resource, folder }: JobRun): Promise<FolderSync | undefined> {
  const config = resource.describe.CheckpointConfig;
  if (!config) return undefined;
  const local = String(config.LocalPath ?? '/opt/ml/checkpoints');
  const dir = join(folder, local.slice('/opt/ml'.length));
  await context.s3.downloadPrefix(resource.scope, config.S3Uri.replace(/\/?$/, '/'), dir);
  const sync = new FolderSync(context.s3, resource.scope, dir, config.S3Uri, (error) =>
    context.log(`Checkpoints of ${resource.name}: ${String(error)}`),
  );
  await sync.start();
  return sync;
}
