import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContainerNetwork } from '../processes/isolation';
import { channelsOf, downloadChannels } from './channels';
import { type Cluster, type Host, resourceConfig } from './cluster';
import { type Ended, startContainer } from './containers';
import { FolderSync } from './folder-sync';
import type { JobRun } from './lifecycle';
import type { TrainingMetrics } from './metrics';
import { commandOf, inputDataConfig } from './training-command';

const OPT_ML = '/opt/ml';

/** One instance of a training job: its folder, its data, its process. */
export class Trainee {
  /** The folder that stands for /opt/ml. */
  readonly folder: string;
  /** What was run last. */
  command: readonly string[] = [];
  private checkpoints: FolderSync | undefined;

  constructor(
    private readonly job: JobRun,
    private readonly cluster: Cluster,
    readonly host: Host,
    private readonly network: ContainerNetwork,
    private readonly metrics: TrainingMetrics,
  ) {
    this.folder = join(job.folder, host.name);
  }

  /** Lays out /opt/ml and brings the data. */
  async prepare(): Promise<void> {
    const { context, resource, control } = this.job;
    await this.writeConfiguration();
    const s3 = context.s3.until(control.signal);
    const channels = resource.describe.InputDataConfig ?? [];
    await downloadChannels(s3, resource.scope, channels, this.folder, this.cluster, this.host);
    await this.startCheckpoints();
  }

  /** Runs the command until it ends. */
  async train(): Promise<Ended> {
    const { describe } = this.job.resource;
    const { job, folder, host, cluster } = this;
    const run = await commandOf(job, { cluster, host, folder });
    this.command = run.command;
    const { ended } = await startContainer(job, {
      folder,
      host,
      network: this.network,
      command: run.command,
      cwd: run.cwd,
      environment: run.environment,
      image: run.image,
      networkIsolation: describe.EnableNetworkIsolation === true,
      readOnly: this.fastFileFolders(),
      onLine: (line) => this.metrics.read(line, run.builtIn),
    });
    return ended;
  }

  /** Sends the checkpoints that are left. */
  async finish(): Promise<void> {
    await this.checkpoints?.finish();
    this.checkpoints = undefined;
  }

  private async writeConfiguration(): Promise<void> {
    const { describe } = this.job.resource;
    const folders = ['input/config', 'input/data', 'model', 'output/data', 'code', 'checkpoints'];
    await Promise.all(folders.map((dir) => mkdir(join(this.folder, dir), { recursive: true })));
    const files: Record<string, unknown> = {
      'hyperparameters.json': describe.HyperParameters ?? {},
      'inputdataconfig.json': inputDataConfig(describe, this.host),
      'resourceconfig.json': resourceConfig(this.cluster, this.host),
    };
    if (describe.CheckpointConfig) {
      const { S3Uri, LocalPath } = describe.CheckpointConfig;
      files['checkpointconfig.json'] = { S3Uri, LocalPath: LocalPath ?? `${OPT_ML}/checkpoints` };
    }
    const config = join(this.folder, 'input', 'config');
    const write = ([name, value]: [string, unknown]) => writeFile(join(config, name), JSON.stringify(value));
    await Promise.all(Object.entries(files).map(write));
  }

  /** In FastFile mode the data are a read-only file system on AWS. */
  private fastFileFolders(): string[] {
    const { InputDataConfig = [], AlgorithmSpecification } = this.job.resource.describe;
    return channelsOf(InputDataConfig, this.host)
      .filter((channel) => (channel.InputMode ?? AlgorithmSpecification.TrainingInputMode) === 'FastFile')
      .map((channel) => `${OPT_ML}/input/data/${channel.ChannelName}`);
  }

  private async startCheckpoints(): Promise<void> {
    const { context, resource, control } = this.job;
    const config = resource.describe.CheckpointConfig;
    if (!config) return;
    const local = String(config.LocalPath ?? `${OPT_ML}/checkpoints`);
    const dir = join(this.folder, local.slice(OPT_ML.length));
    const { s3 } = context;
    await s3.until(control.signal).downloadPrefix(resource.scope, config.S3Uri.replace(/\/?$/, '/'), dir);
    const onError = (error: unknown) => context.log(`Checkpoints of ${resource.name}: ${String(error)}`);
    this.checkpoints = new FolderSync(s3, resource.scope, dir, config.S3Uri, onError);
    await this.checkpoints.start();
  }
}
