import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContainerNetwork } from '../processes/isolation';
import { downloadSource } from './channels';
import { type Cluster, type Host, resourceConfig } from './cluster';
import { type Ended, startContainer } from './containers';
import { JobFailure } from './control';
import { FolderSync } from './folder-sync';
import type { JobRun } from './lifecycle';

const OPT_ML = '/opt/ml';

interface Output {
  readonly dir: string;
  readonly uri: string;
  /** Set for an output that is uploaded while the job runs. */
  readonly sync?: FolderSync;
}

/** One instance of a processing job: its folder, its data, its process. */
export class Processor {
  /** The folder that stands for /opt/ml. */
  readonly folder: string;
  private readonly outputs: Output[] = [];

  constructor(
    private readonly job: JobRun,
    private readonly cluster: Cluster,
    readonly host: Host,
    private readonly network: ContainerNetwork,
  ) {
    this.folder = join(job.folder, host.name);
  }

  /** Lays out /opt/ml, brings the inputs, makes the outputs' folders. */
  async prepare(): Promise<void> {
    const { context, resource, control } = this.job;
    await this.writeConfiguration();
    const s3 = context.s3.until(control.signal);
    for (const { InputName, S3Input, AppManaged } of resource.describe.ProcessingInputs ?? []) {
      // The application itself fetches it.
      if (AppManaged) continue;
      const what = `input '${InputName}'`;
      if (!S3Input) throw new JobFailure(`ClientError: ${what} has no S3Input; the sandbox takes no other.`);
      const dir = this.localFolder(S3Input.LocalPath ?? `${OPT_ML}/processing/input`, what);
      const share = { index: this.cluster.indexOf(this.host), count: this.cluster.length };
      await downloadSource(s3, resource.scope, S3Input, dir, what, share);
    }
    await this.prepareOutputs();
  }

  /** Runs the container until it ends. */
  async run(): Promise<Ended> {
    const { context, resource } = this.job;
    const { AppSpecification, Environment = {}, NetworkConfig } = resource.describe;
    const { ImageUri, ContainerEntrypoint = [], ContainerArguments = [] } = AppSpecification;
    const docker = context.images.resolve(ImageUri).runtime === 'docker';
    const { ended } = await startContainer(this.job, {
      folder: this.folder,
      host: this.host,
      network: this.network,
      command: docker ? ContainerArguments : [...ContainerEntrypoint, ...ContainerArguments],
      image: docker ? { uri: ImageUri, entrypoint: AppSpecification.ContainerEntrypoint } : undefined,
      cwd: `${OPT_ML}/processing`,
      environment: { PROCESSING_JOB_NAME: resource.name, PROCESSING_JOB_ARN: resource.arn, ...Environment },
      networkIsolation: NetworkConfig?.EnableNetworkIsolation === true,
    });
    return ended;
  }

  /** Sends what is left of the outputs that are uploaded continuously. */
  async finishContinuous(): Promise<void> {
    for (const { sync } of this.outputs) await sync?.finish();
  }

  async uploadOutputs(): Promise<void> {
    const { context, resource } = this.job;
    const key = resource.describe.ProcessingOutputConfig?.KmsKeyId;
    for (const { dir, uri, sync } of this.outputs) {
      if (!sync) await context.s3.uploadFolder(resource.scope, dir, uri, key);
    }
  }

  private async prepareOutputs(): Promise<void> {
    const { context, resource } = this.job;
    const { Outputs = [], KmsKeyId } = resource.describe.ProcessingOutputConfig ?? {};
    for (const { OutputName, S3Output, AppManaged } of Outputs) {
      if (AppManaged) continue;
      const what = `output '${OutputName}'`;
      if (!S3Output) throw new JobFailure(`ClientError: ${what} has no S3Output; the sandbox takes no other.`);
      const dir = this.localFolder(S3Output.LocalPath ?? `${OPT_ML}/processing/output`, what);
      await mkdir(dir, { recursive: true });
      const onError = (error: unknown) => context.log(`${what} of ${resource.name}: ${String(error)}`);
      const sync =
        S3Output.S3UploadMode === 'Continuous'
          ? new FolderSync(context.s3, resource.scope, dir, S3Output.S3Uri, onError, KmsKeyId)
          : undefined;
      this.outputs.push({ dir, uri: S3Output.S3Uri, sync });
      await sync?.start();
    }
  }

  /** The folder on this machine for a path below /opt/ml. */
  private localFolder(localPath: string, what: string): string {
    const path = localPath.replace(/\/+$/, '');
    if (!path.startsWith(`${OPT_ML}/`) || path.split('/').includes('..')) {
      throw new JobFailure(`ClientError: ${what} has LocalPath '${localPath}': use a path below /opt/ml/processing.`);
    }
    return join(this.folder, path.slice(OPT_ML.length));
  }

  private async writeConfiguration(): Promise<void> {
    for (const dir of ['config', 'processing', 'output', 'input/config']) {
      await mkdir(join(this.folder, dir), { recursive: true });
    }
    const files = {
      'processingjobconfig.json': this.jobConfig(),
      'resourceconfig.json': resourceConfig(this.cluster, this.host),
    };
    for (const [name, value] of Object.entries(files)) {
      await writeFile(join(this.folder, 'config', name), JSON.stringify(value));
    }
  }

  /** processingjobconfig.json, with the defaults that AWS fills in. */
  private jobConfig() {
    const { describe, arn, name } = this.job.resource;
    const { Outputs = [], KmsKeyId = null } = describe.ProcessingOutputConfig ?? {};
    const inputDefaults = {
      S3DataDistributionType: 'FullyReplicated',
      S3InputMode: 'File',
      S3CompressionType: 'None',
      S3DownloadMode: 'StartOfJob',
    };
    const inputs = (describe.ProcessingInputs ?? []) as { S3Input?: object }[];
    return {
      ProcessingJobArn: arn,
      ProcessingJobName: name,
      AppSpecification: { ContainerEntrypoint: null, ContainerArguments: null, ...describe.AppSpecification },
      Environment: describe.Environment ?? {},
      ProcessingInputs: inputs.map((input) =>
        input.S3Input ? { ...input, S3Input: { ...inputDefaults, ...input.S3Input } } : input,
      ),
      ProcessingOutputConfig: { Outputs, KmsKeyId },
      ProcessingResources: {
        ClusterConfig: { VolumeKmsKeyId: null, ...describe.ProcessingResources.ClusterConfig },
      },
      NetworkConfig: describe.NetworkConfig ?? null,
      RoleArn: describe.RoleArn,
      StoppingCondition: describe.StoppingCondition,
    };
  }
}
