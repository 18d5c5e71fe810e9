import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { announce } from '../context';
import { nowSeconds, type Resource } from '../state/store';
import { downloadSource } from './channels';
import { JobFailure } from './control';
import { resourceConfig } from './environment';
import { FolderSync } from './folder-sync';
import { checkpoint, type JobRun, type JobType, recordProcess } from './lifecycle';

const OPT_ML = '/opt/ml';
/** AWS keeps the end of what a container writes to /opt/ml/output/message. */
const EXIT_MESSAGE_CHARS = 1024;

export const processingJobs: JobType = {
  prefix: 'Processing',
  logGroup: '/aws/sagemaker/ProcessingJobs',
  logStream: (name) => `${name}/algo-1-${Math.floor(nowSeconds())}`,
  maxRuntime: (resource) => resource.describe.StoppingCondition?.MaxRuntimeInSeconds as number | undefined,
  run,
};

/** The folder on this machine for a path below /opt/ml. */
function localFolder(folder: string, localPath: string, what: string): string {
  const path = localPath.replace(/\/+$/, '');
  if (!path.startsWith(`${OPT_ML}/`) || path.split('/').includes('..')) {
    throw new JobFailure(`ClientError: ${what} has LocalPath '${localPath}': use a path below /opt/ml/processing.`);
  }
  return join(folder, path.slice(OPT_ML.length));
}

async function run(job: JobRun): Promise<void> {
  const { context, resource, control, folder } = job;
  const { describe } = resource;
  await announce(context, resource);
  await writeConfiguration(job);
  for (const input of describe.ProcessingInputs ?? []) {
    checkpoint(control);
    const source = input.S3Input;
    if (!source)
      throw new JobFailure(`ClientError: input '${input.InputName}' has no S3Input; the sandbox takes no other.`);
    const dir = localFolder(folder, source.LocalPath ?? '/opt/ml/processing/input', `input '${input.InputName}'`);
    await downloadSource(context.s3, resource.scope, source, dir, `input '${input.InputName}'`);
  }
  const outputs = await prepareOutputs(job);
  const continuous = outputs.filter((output) => output.sync);
  for (const output of continuous) await output.sync!.start();
  checkpoint(control);
  const code = await runContainer(job);
  for (const output of continuous) await output.sync!.finish();
  await readExitMessage(job);
  if (code !== 0 && !control.stopReason) throw new JobFailure(await failureText(job, code), code);
  for (const { dir, uri, sync } of outputs) {
    if (!sync) await context.s3.uploadFolder(resource.scope, dir, uri, describe.ProcessingOutputConfig?.KmsKeyId);
  }
}

async function runContainer(job: JobRun): Promise<number> {
  const { context, resource, control, folder, stream } = job;
  const { describe } = resource;
  const { ImageUri, ContainerEntrypoint, ContainerArguments } = describe.AppSpecification;
  context.images.resolve(ImageUri);
  const environment: Record<string, string> = describe.Environment ?? {};
  const count = describe.ProcessingResources.ClusterConfig.InstanceCount;
  if (count > 1) stream.line(`[sandbox] ${count} instances were asked for; the sandbox runs one host, algo-1.`);
  const process = await context.host.start({
    folder,
    command: [...ContainerEntrypoint, ...(ContainerArguments ?? [])],
    cwd: '/opt/ml/processing',
    environment: {
      PROCESSING_JOB_NAME: resource.name,
      PROCESSING_JOB_ARN: resource.arn,
      ...environment,
    },
    networkIsolation: describe.NetworkConfig?.EnableNetworkIsolation === true,
    scope: resource.scope,
    onLine: (line) => stream.line(line),
  });
  const followed = control.follow(process);
  void recordProcess(job, process).catch(() => undefined);
  return (await followed).code;
}

interface Output {
  readonly dir: string;
  readonly uri: string;
  readonly sync?: FolderSync;
}

async function prepareOutputs({ context, resource, folder }: JobRun): Promise<Output[]> {
  const outputs: Output[] = [];
  for (const output of resource.describe.ProcessingOutputConfig?.Outputs ?? []) {
    const target = output.S3Output;
    if (!target)
      throw new JobFailure(`ClientError: output '${output.OutputName}' has no S3Output; the sandbox takes no other.`);
    const dir = localFolder(folder, target.LocalPath ?? '/opt/ml/processing/output', `output '${output.OutputName}'`);
    await mkdir(dir, { recursive: true });
    const onError = (error: unknown) =>
      context.log(`Output ${output.OutputName} of ${resource.name}: ${String(error)}`);
    const sync =
      target.S3UploadMode === 'Continuous'
        ? new FolderSync(context.s3, resource.scope, dir, target.S3Uri, onError)
        : undefined;
    outputs.push({ dir, uri: target.S3Uri, sync });
  }
  return outputs;
}

async function writeConfiguration({ resource, folder }: JobRun): Promise<void> {
  for (const dir of ['config', 'processing', 'output', 'input/config'])
    await mkdir(join(folder, dir), { recursive: true });
  const { describe } = resource;
  const config = {
    ProcessingJobArn: resource.arn,
    ProcessingJobName: resource.name,
    AppSpecification: describe.AppSpecification,
    Environment: describe.Environment ?? {},
    ProcessingInputs: describe.ProcessingInputs ?? [],
    ProcessingOutputConfig: describe.ProcessingOutputConfig ?? {},
    ProcessingResources: describe.ProcessingResources,
    RoleArn: describe.RoleArn,
    StoppingCondition: describe.StoppingCondition ?? {},
  };
  await writeFile(join(folder, 'config', 'processingjobconfig.json'), JSON.stringify(config));
  const resources = resourceConfig(describe.ProcessingResources.ClusterConfig.InstanceType);
  await writeFile(join(folder, 'config', 'resourceconfig.json'), JSON.stringify(resources));
}

async function readExitMessage({ resource, folder }: JobRun): Promise<void> {
  const message = await readFile(join(folder, 'output', 'message'), 'utf8').catch(() => '');
  if (message) resource.describe.ExitMessage = message.slice(-EXIT_MESSAGE_CHARS);
}

async function failureText({ folder }: JobRun, code: number): Promise<string> {
  const written = await readFile(join(folder, 'output', 'failure'), 'utf8').catch(() => '');
  const reason = written.trim() || 'See job logs for more information';
  return `AlgorithmError: ${reason.slice(0, 900)}, exit code: ${code}`;
}

/** Fills what Describe shows beyond the request. */
export function completeProcessing(resource: Resource): void {
  resource.describe.StoppingCondition ??= { MaxRuntimeInSeconds: 86_400 };
}
