import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tar from 'tar';
import { filesIn, joinS3 } from '../aws/s3';
import { announce } from '../context';
import type { Runtime } from '../images';
import { runtimeFile } from '../runtimes';
import { nowSeconds, type Resource } from '../state/store';
import { downloadChannels } from './channels';
import { JobFailure } from './control';
import { resourceConfig, trainingEnvironment, userArguments, userHyperparameters } from './environment';
import { FolderSync } from './folder-sync';
import { checkpoint, type JobRun, type JobType, recordProcess, touch } from './lifecycle';
import { MetricReader } from './metrics';
import { pythonFor } from './requirements';
import { fetchSource, type Source, scriptProgram } from './source';

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

interface Command {
  readonly command: string[];
  readonly cwd: string;
  readonly environment: Record<string, string>;
  readonly builtIn: boolean;
}

async function commandOf(job: JobRun): Promise<Command> {
  const { context, resource, folder } = job;
  const { describe } = resource;
  const hyperparameters: Record<string, string> = describe.HyperParameters ?? {};
  const userEnvironment: Record<string, string> = describe.Environment ?? {};
  const entrypoint = describe.AlgorithmSpecification.ContainerEntrypoint as string[] | undefined;
  const program = entrypoint ? undefined : scriptProgram(hyperparameters, userEnvironment);
  const runtime = context.images.resolve(describe.AlgorithmSpecification.TrainingImage).runtime;
  const environment = (source?: Source) =>
    trainingEnvironment({
      jobName: resource.name,
      jobArn: resource.arn,
      region: resource.scope.region,
      instanceType: describe.ResourceConfig.InstanceType ?? 'ml.m5.large',
      hyperparameters,
      userEnvironment,
      inputDataConfig: inputDataConfig(resource),
      program: source?.program,
      moduleDir: hyperparameters.sagemaker_submit_directory ?? '/opt/ml/code',
      framework: FRAMEWORKS[runtime],
      path: (optMl) => context.host.path(folder, optMl),
    });
  if (entrypoint) {
    const args = (describe.AlgorithmSpecification.ContainerArguments ?? []) as string[];
    return { command: [...entrypoint, ...args], cwd: '/opt/ml', environment: environment(), builtIn: false };
  }
  if (!program) return builtInCommand(context.options.python, runtime, environment());
  const submit = hyperparameters.sagemaker_submit_directory ?? userEnvironment.SAGEMAKER_SUBMIT_DIRECTORY;
  const source = await fetchSource(context.s3, resource.scope, folder, program, submit);
  const python = await pythonFor({
    python: context.options.python,
    cacheDir: context.cacheDir,
    sourceDir: source.dir,
    offline: describe.EnableNetworkIsolation === true,
    onLine: (line) => job.stream.line(line),
  });
  const args = userArguments(userHyperparameters(hyperparameters));
  const interpreter = program.endsWith('.sh') ? '/bin/sh' : python;
  const { PYTHONPATH, ...variables } = environment(source);
  return {
    command: [interpreter, program, ...args],
    cwd: source.optMlDir,
    environment: { ...variables, PYTHONPATH: [source.optMlDir, PYTHONPATH].filter(Boolean).join(':') },
    builtIn: false,
  };
}

const FRAMEWORKS: Record<Runtime, string> = {
  xgboost: 'sagemaker_xgboost_container.training:main',
  'scikit-learn': 'sagemaker_sklearn_container.training:main',
};

function builtInCommand(python: string, runtime: Runtime, environment: Record<string, string>): Command {
  if (runtime !== 'xgboost') {
    throw new JobFailure(
      "AlgorithmError: the scikit-learn image has no algorithm of its own: name a script by the hyperparameters 'sagemaker_program' and 'sagemaker_submit_directory', exit code: 1",
      1,
    );
  }
  return { command: [python, runtimeFile('xgboost_train.py')], cwd: '/opt/ml', environment, builtIn: true };
}

function inputDataConfig(resource: Resource): Record<string, Record<string, string>> {
  const channels = (resource.describe.InputDataConfig ?? []) as Record<string, string>[];
  return Object.fromEntries(
    channels.map((channel) => [
      channel.ChannelName!,
      {
        TrainingInputMode: channel.InputMode ?? resource.describe.AlgorithmSpecification.TrainingInputMode,
        S3DistributionType: 'FullyReplicated',
        RecordWrapperType: channel.RecordWrapperType ?? 'None',
        ...(channel.ContentType ? { ContentType: channel.ContentType } : {}),
      },
    ]),
  );
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

const outputUri = ({ describe, name }: Resource) => joinS3(describe.OutputDataConfig.S3OutputPath, name, 'output');

/** Where a job's model archive lies. */
export const modelArtifacts = (resource: Resource) => joinS3(outputUri(resource), 'model.tar.gz');

/** The failure file's text, or for a script that wrote none the end of its output. */
async function failureText(job: JobRun, code: number, command: string[], tail: string[]): Promise<string> {
  const written = await readFile(join(job.folder, 'output', 'failure'), 'utf8').catch(() => '');
  const limit = 900;
  if (written.trim()) return `AlgorithmError: ${written.trim().slice(0, limit)}, exit code: ${code}`;
  const said = tail.filter((line) => !line.startsWith('[sandbox]')).join('\n');
  const shown = ['python3', ...command.slice(1)].join(' ').slice(0, 200);
  const reason = `ExecuteUserScriptError:\nExitCode ${code}\nErrorMessage "${said.slice(-500)}"\nCommand "${shown}"`;
  return `AlgorithmError: ${reason}, exit code: ${code}`;
}

/** Uploads model.tar.gz (empty where the script wrote none, as on AWS) and output.tar.gz where there is output. */
async function uploadResults(job: JobRun, { outputOnly = false } = {}): Promise<void> {
  const { resource, folder } = job;
  const model = join(folder, 'model');
  const hasModel = (await filesIn(model)).length > 0;
  // A job that was stopped before it wrote a model has none to upload.
  if (!outputOnly && (hasModel || !job.control.stopReason)) {
    await uploadArchive(job, model, modelArtifacts(resource));
    if (!hasModel) job.stream.line('[sandbox] The script wrote nothing to SM_MODEL_DIR: model.tar.gz is empty.');
  }
  const output = join(folder, 'output', 'data');
  if ((await filesIn(output)).length > 0)
    await uploadArchive(job, output, joinS3(outputUri(resource), 'output.tar.gz'));
}

async function uploadArchive({ context, resource, folder }: JobRun, dir: string, uri: string): Promise<void> {
  const file = join(folder, '.upload.tar.gz');
  // A leading @ would make tar include another archive.
  const entries = (await readdir(dir)).map((name) => (name.startsWith('@') ? `./${name}` : name));
  // tar refuses an empty list; the folder itself makes an archive without files.
  await tar.create({ gzip: true, file, cwd: dir, portable: true }, entries.length > 0 ? entries : ['.']);
  await context.s3.upload(resource.scope, file, uri, resource.describe.OutputDataConfig.KmsKeyId || undefined);
  await rm(file, { force: true });
}
