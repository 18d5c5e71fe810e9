import {
  CloudWatchLogsClient,
  DeleteLogGroupCommand,
  paginateDescribeLogGroups,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  DeleteEndpointCommand,
  DeleteEndpointConfigCommand,
  DeleteModelCommand,
  paginateListEndpointConfigs,
  paginateListEndpoints,
  paginateListModels,
  paginateListProcessingJobs,
  paginateListTrainingJobs,
  paginateListTransformJobs,
  SageMakerClient,
  StopProcessingJobCommand,
  StopTrainingJobCommand,
  StopTransformJobCommand,
} from '@aws-sdk/client-sagemaker';

type ClientConfig = ConstructorParameters<typeof SageMakerClient>[0] & object;

export interface CleanedUp {
  readonly deleted: readonly string[];
  /** What could not be deleted, and why. */
  readonly left: readonly string[];
}

/**
 * Stops and deletes what the platform's runs have made outside of its stacks: jobs that run, endpoints, their
 * configurations, models and log groups, by the platform's unique name. Nothing of another name is touched. One failure
 * does not keep the rest from being tried.
 */
export async function cleanUp(platform: string, config: ClientConfig): Promise<CleanedUp> {
  const [deleted, left]: [string[], string[]] = [[], []];
  const attempt = async (what: string, work: () => Promise<unknown>) => {
    try {
      await work();
      deleted.push(what);
    } catch (error) {
      left.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  const own = (name: string | undefined): name is string =>
    name === platform || (name?.startsWith(`${platform}-`) ?? false);
  await stopJobs(new SageMakerClient(config), own, platform, attempt);
  await deleteServing(new SageMakerClient(config), own, platform, attempt);
  await deleteLogs(new CloudWatchLogsClient(config), platform, attempt);
  return { deleted, left };
}

type Own = (name: string | undefined) => name is string;
type Attempt = (what: string, work: () => Promise<unknown>) => Promise<void>;

async function stopJobs(client: SageMakerClient, own: Own, platform: string, attempt: Attempt): Promise<void> {
  const filter = { NameContains: platform, StatusEquals: 'InProgress' as const };
  for await (const page of paginateListTrainingJobs({ client }, filter))
    for (const { TrainingJobName: name } of page.TrainingJobSummaries ?? [])
      if (own(name))
        await attempt(`job ${name}`, () => client.send(new StopTrainingJobCommand({ TrainingJobName: name })));
  for await (const page of paginateListProcessingJobs({ client }, filter))
    for (const { ProcessingJobName: name } of page.ProcessingJobSummaries ?? [])
      if (own(name))
        await attempt(`job ${name}`, () => client.send(new StopProcessingJobCommand({ ProcessingJobName: name })));
  for await (const page of paginateListTransformJobs({ client }, filter))
    for (const { TransformJobName: name } of page.TransformJobSummaries ?? [])
      if (own(name))
        await attempt(`job ${name}`, () => client.send(new StopTransformJobCommand({ TransformJobName: name })));
}

async function deleteServing(client: SageMakerClient, own: Own, platform: string, attempt: Attempt): Promise<void> {
  const filter = { NameContains: platform };
  for await (const page of paginateListEndpoints({ client }, filter))
    for (const { EndpointName: name } of page.Endpoints ?? [])
      if (own(name))
        await attempt(`endpoint ${name}`, () => client.send(new DeleteEndpointCommand({ EndpointName: name })));
  for await (const page of paginateListEndpointConfigs({ client }, filter))
    for (const { EndpointConfigName: name } of page.EndpointConfigs ?? [])
      if (own(name))
        await attempt(`endpoint config ${name}`, () =>
          client.send(new DeleteEndpointConfigCommand({ EndpointConfigName: name })),
        );
  for await (const page of paginateListModels({ client }, filter))
    for (const { ModelName: name } of page.Models ?? [])
      if (own(name)) await attempt(`model ${name}`, () => client.send(new DeleteModelCommand({ ModelName: name })));
}

async function deleteLogs(client: CloudWatchLogsClient, platform: string, attempt: Attempt): Promise<void> {
  const prefixes = ['/aws/sagemaker/Endpoints/', '/aws/lambda/', '/aws/vendedlogs/states/'];
  for (const prefix of prefixes)
    for await (const page of paginateDescribeLogGroups({ client }, { logGroupNamePrefix: `${prefix}${platform}` }))
      for (const { logGroupName } of page.logGroups ?? []) {
        const name = logGroupName?.slice(prefix.length);
        if (name === platform || name?.startsWith(`${platform}-`))
          await attempt(`log group ${logGroupName}`, () => client.send(new DeleteLogGroupCommand({ logGroupName })));
      }
}
