import type { SSMClient } from '@aws-sdk/client-ssm';
import type { ModelDirectory, PlatformDirectory } from '../../lib/platform/contract';
import { Directory } from './directory';
import { RegistryClient } from './registry/client';
import { SignedTransport } from './registry/transport';
import type { Target } from './target';

/**
 * One command's connection to its target. Clients are made when first needed, from the environment that `applyTarget`
 * has set, and their modules are loaded then: most commands need one or two.
 */
export class Session {
  private ssmClient?: Promise<SSMClient>;
  private platformFound?: Promise<PlatformDirectory>;
  private registryClient?: Promise<RegistryClient>;

  constructor(
    readonly target: Target,
    private readonly platformName?: string,
  ) {}

  /** How often to look at what changes, in milliseconds: a sandbox is near, and its steps are short. */
  get pollMs(): number {
    return this.target.kind === 'aws' ? 3_000 : 500;
  }

  async directory(): Promise<Directory> {
    return new Directory(await this.ssm());
  }

  platform(): Promise<PlatformDirectory> {
    this.platformFound ??= this.directory().then((directory) => directory.platform(this.platformName));
    return this.platformFound;
  }

  async model(model: string): Promise<ModelDirectory> {
    return (await this.directory()).model((await this.platform()).platform, model);
  }

  async models(): Promise<ModelDirectory[]> {
    return (await this.directory()).models((await this.platform()).platform);
  }

  registry(): Promise<RegistryClient> {
    this.registryClient ??= this.connectRegistry();
    return this.registryClient;
  }

  async region(): Promise<string> {
    return (await this.ssm()).config.region();
  }

  ssm(): Promise<SSMClient> {
    this.ssmClient ??= import('@aws-sdk/client-ssm').then(({ SSMClient }) => new SSMClient({}));
    return this.ssmClient;
  }

  async s3() {
    const { S3Client } = await import('@aws-sdk/client-s3');
    return new S3Client({ forcePathStyle: this.target.endpoint !== undefined });
  }

  async sfn() {
    const { SFNClient } = await import('@aws-sdk/client-sfn');
    return new SFNClient({});
  }

  async logs() {
    const { CloudWatchLogsClient } = await import('@aws-sdk/client-cloudwatch-logs');
    return new CloudWatchLogsClient({});
  }

  async sageMakerRuntime() {
    const { SageMakerRuntimeClient } = await import('@aws-sdk/client-sagemaker-runtime');
    return new SageMakerRuntimeClient({});
  }

  private async connectRegistry(): Promise<RegistryClient> {
    const { fromNodeProviderChain } = await import('@aws-sdk/credential-providers');
    const [{ apiUrl }, region] = await Promise.all([this.platform(), this.region()]);
    const credentials = fromNodeProviderChain();
    const { endpoint } = this.target;
    return new RegistryClient(new SignedTransport({ apiUrl, region, credentials, ...(endpoint ? { endpoint } : {}) }));
  }
}
