import { setTimeout as sleep } from 'node:timers/promises';
import { CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { DescribeEndpointCommand, paginateListEndpointConfigs, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { SFNClient } from '@aws-sdk/client-sfn';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { sandboxEnv } from 'cdk-mlops-sandbox';
import { inject } from 'vitest';
import type { RegistryClient } from '../../../cli/src/registry/client';
import { Session } from '../../../cli/src/session';
import { applyTarget, type Target } from '../../../cli/src/target';
import { OPEN_RELEASE_STATUSES, type ReleaseRecord, type RunRecord } from '../../../lib/registry/contract';
import { mlops } from '../../cli/run-command';
import { clientConfig, type TestSandbox } from '../../support/sandbox';
import { deployOnce } from './deployment';
import { PLATFORM } from './names';

/** The deployed platform, as a person with the command and AWS's SDK meets it. */
export interface Flows {
  readonly session: Session;
  readonly registry: RegistryClient;
  readonly s3: S3Client;
  readonly sagemaker: SageMakerClient;
  readonly sfn: SFNClient;
  readonly cloudwatch: CloudWatchClient;
  /** Runs the command, and reads its document. */
  mlops(...args: string[]): Promise<Ran>;
  /** The same in the name of a role of the flows' app. */
  mlopsAs(role: string, ...args: string[]): Promise<Ran>;
  /** Invokes the function of a model's stack, or with '' the platform's, whose logical id matches, as its event source does. */
  invoke(model: string, logicalId: RegExp, event: unknown): Promise<unknown>;
  /** Endpoint, its configuration and how many configurations the model has, to compare before and after. */
  serving(model: string): Promise<Serving>;
  /** Polls a run until the condition holds. */
  run(runId: string, until: (run: RunRecord) => boolean): Promise<RunRecord>;
  /** Polls for the release of a version until it has ended, or is in the status given. */
  release(model: string, version: number, until?: ReleaseRecord['status']): Promise<ReleaseRecord>;
}

export interface Ran {
  readonly code: number;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into a document whose shape it expects.
  readonly json: any;
  readonly stderr: string;
}

export interface Serving {
  readonly status: string | undefined;
  readonly config: string | undefined;
  readonly configs: number;
  readonly champion: number | undefined;
  readonly versions: readonly number[];
}

/** How long a condition may take to hold; on a busy machine Python alone needs seconds to start, on AWS a job minutes. */
const patience = () => (inject('sandbox').onAws ? { ms: 3_600_000, every: 5_000 } : { ms: 120_000, every: 150 });

export async function pollUntil<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const { ms, every } = patience();
  for (const deadline = Date.now() + ms; Date.now() < deadline; await sleep(every)) {
    const found = await look();
    if (found !== undefined) return found;
  }
  throw new Error(`It never came to this: ${what}.`);
}

/** Deploys the flows' app where that has not been done, and connects to it. */
export async function openFlows(sandbox: TestSandbox): Promise<Flows> {
  const target = targetOf(sandbox);
  applyTarget(target);
  process.env.MLOPS_PLATFORM = PLATFORM;
  await deployOnce(sandbox);
  const session = new Session(target, PLATFORM);
  const registry = await session.registry();
  const config = clientConfig(sandbox);
  const sagemaker = new SageMakerClient(config);
  return {
    session,
    registry,
    sagemaker,
    s3: new S3Client({ ...config, forcePathStyle: !sandbox.onAws }),
    sfn: new SFNClient(config),
    cloudwatch: new CloudWatchClient(config),
    mlops: run,
    mlopsAs: async (role, ...args) => {
      const credentials = await assume(sandbox, role);
      const before = Object.keys(credentials).map((name) => [name, process.env[name]] as const);
      Object.assign(process.env, credentials);
      try {
        return await run(...args);
      } finally {
        for (const [name, value] of before) {
          if (value === undefined) delete process.env[name];
          else process.env[name] = value;
        }
      }
    },
    invoke: invoker(sandbox),
    serving: (model) => servingOf(model, registry, sagemaker),
    run: (runId, until) =>
      pollUntil(`the run ${runId} fulfils ${until}`, async () => {
        const run = await registry.run(runId);
        return until(run) ? run : undefined;
      }),
    release: (model, version, until) =>
      pollUntil(`the release of ${model} version ${version} ends`, async () => {
        const found = (await registry.releases(model)).find((each) => each.version === version);
        const release = found && (await registry.release(found.releaseId));
        return release && (release.status === until || !OPEN_RELEASE_STATUSES.includes(release.status))
          ? release
          : undefined;
      }),
  };
}

const run: Flows['mlops'] = async (...args) => {
  const { code, stdout, stderr } = await mlops(['--json', ...args]);
  return { code, json: JSON.parse(stdout), stderr };
};

/** Credentials of a role, by the names of the environment. */
async function assume(sandbox: TestSandbox, role: string): Promise<Record<string, string>> {
  const RoleArn = `arn:aws:iam::${sandbox.accountId}:role/${role}`;
  const command = new AssumeRoleCommand({ RoleArn, RoleSessionName: 'flows' });
  const { Credentials } = await new STSClient(clientConfig(sandbox)).send(command);
  return {
    AWS_ACCESS_KEY_ID: Credentials!.AccessKeyId!,
    AWS_SECRET_ACCESS_KEY: Credentials!.SecretAccessKey!,
    AWS_SESSION_TOKEN: Credentials!.SessionToken!,
  };
}

function targetOf(sandbox: TestSandbox): Target {
  if (sandbox.onAws) return { kind: 'aws', description: `AWS, ${sandbox.accountId}, ${sandbox.region}`, env: {} };
  const { endpoint } = sandbox;
  return { kind: 'endpoint', endpoint, description: "the tests' sandbox", env: sandboxEnv(sandbox) };
}

function invoker(sandbox: TestSandbox): Flows['invoke'] {
  const [stacks, lambda] = [new CloudFormationClient(clientConfig(sandbox)), new LambdaClient(clientConfig(sandbox))];
  return async (model, logicalId, event) => {
    const names: string[] = [];
    for await (const page of paginateListStackResources(
      { client: stacks },
      { StackName: model ? `${PLATFORM}-${model}` : PLATFORM },
    )) {
      for (const { ResourceType, LogicalResourceId = '', PhysicalResourceId = '' } of page.StackResourceSummaries ?? [])
        if (ResourceType === 'AWS::Lambda::Function' && logicalId.test(LogicalResourceId))
          names.push(PhysicalResourceId);
    }
    if (names.length !== 1) throw new Error(`${logicalId} matches ${names.length} functions: ${names.join(', ')}`);
    const answer = await lambda.send(new InvokeCommand({ FunctionName: names[0], Payload: JSON.stringify(event) }));
    const payload = Buffer.from(answer.Payload ?? []).toString();
    if (answer.FunctionError) throw new Error(payload);
    return payload === '' ? undefined : JSON.parse(payload);
  };
}

async function servingOf(model: string, registry: RegistryClient, sagemaker: SageMakerClient): Promise<Serving> {
  const EndpointName = (await registry.model(model)).endpointName!;
  const [endpoint, aliases, versions] = await Promise.all([
    sagemaker.send(new DescribeEndpointCommand({ EndpointName })),
    registry.aliases(model),
    registry.modelVersions(model),
  ]);
  let configs = 0;
  for await (const page of paginateListEndpointConfigs({ client: sagemaker }, { NameContains: model })) {
    configs += page.EndpointConfigs?.length ?? 0;
  }
  return {
    status: endpoint.EndpointStatus,
    config: endpoint.EndpointConfigName,
    configs,
    champion: aliases.find(({ alias }) => alias === 'champion')?.version,
    versions: versions.map(({ version }) => version).sort((a, b) => a - b),
  };
}
