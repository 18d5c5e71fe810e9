/** The deployed platform as the matrix sees it: the registry's API, the sandbox's rules, and AWS's own view. */
import { createHash } from 'node:crypto';
import { CloudFormationClient, DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import { sandboxEnv } from 'cdk-mlops-sandbox';
import type { RegistryClient } from '../../cli/src/registry/client';
import { Session } from '../../cli/src/session';
import { applyTarget } from '../../cli/src/target';
import { FaultsClient } from '../sandbox/support/faults';
import { clientConfig, type TestSandbox } from '../support/sandbox';
import { type Handler, handlersOf, type State, statesOf } from './machine';

export interface Clients {
  readonly stacks: CloudFormationClient;
  readonly dynamo: DynamoDBClient;
  readonly lambda: LambdaClient;
  readonly s3: S3Client;
  readonly sagemaker: SageMakerClient;
  readonly runtime: SageMakerRuntimeClient;
  readonly sfn: SFNClient;
  readonly sqs: SQSClient;
}

export interface Machine {
  readonly name: string;
  readonly states: readonly State[];
}

/** A model with everything that can be broken about it. */
export interface ModelParts {
  readonly model: string;
  readonly endpointName: string;
  readonly training: Machine;
  readonly release: Machine;
  readonly handlers: readonly Handler[];
  /** URLs of the queues for what no function could take, those of the platform among them. */
  readonly queues: readonly string[];
}

export interface Platform {
  readonly name: string;
  readonly registry: RegistryClient;
  readonly faults: FaultsClient;
  readonly clients: Clients;
  /** The registry's table. */
  readonly tableName: string;
  /** Where archives of models that were trained elsewhere are put. */
  readonly bucket: string;
  /** Functions that all models share. */
  readonly handlers: readonly Handler[];
  /** An item of the registry's table, without the API's way around. */
  item(pk: string): Promise<Record<string, string>>;
  /** Invokes a function as its schedule does; its answer. */
  invoke(functionName: string, event?: object): Promise<unknown>;
  /** Uploads a file and says that it is complete, as `mlops data push` does. @returns the upload's id */
  upload(dataset: string, content: string): Promise<string>;
  parts(model: string): Promise<ModelParts>;
}

/** Connects to a platform that is deployed. */
export async function openPlatform(sandbox: TestSandbox, name: string): Promise<Platform> {
  const { endpoint } = sandbox;
  const target = { kind: 'endpoint', endpoint, description: 'the matrix', env: sandboxEnv(sandbox) } as const;
  applyTarget(target);
  const session = new Session(target, name);
  const registry = await session.registry();
  const clients = clientsOf(sandbox);
  const { lambda, s3, stacks, sfn } = clients;
  const machine = async (arn: string): Promise<Machine> => ({
    name: arn.split(':').at(-1)!,
    states: await statesOf(sfn, arn),
  });
  const tableName = await tableOf(stacks, name);
  const { bucket } = await session.platform();
  return {
    name,
    registry,
    clients,
    tableName,
    bucket,
    faults: new FaultsClient(sandbox),
    handlers: await handlersOf(stacks, name),
    async item(pk) {
      const Key = { PK: { S: pk }, SK: { S: 'META' } };
      const { Item = {} } = await clients.dynamo.send(new GetItemCommand({ TableName: tableName, Key }));
      const texts = Object.entries(Item).flatMap(([key, value]) => (value.S === undefined ? [] : [[key, value.S]]));
      return Object.fromEntries(texts) as Record<string, string>;
    },
    async invoke(FunctionName, event = {}) {
      const answer = await lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }));
      const payload = Buffer.from(answer.Payload ?? []).toString();
      if (answer.FunctionError) throw new Error(`${FunctionName}: ${payload}`);
      return payload === '' ? undefined : JSON.parse(payload);
    },
    async upload(dataset, content) {
      const { uploadId, bucket, prefix } = await registry.openUpload(dataset);
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: `${prefix}rows.csv`, Body: content }));
      const sha256 = createHash('sha256').update(content).digest('hex');
      await registry.completeUpload(dataset, uploadId, [{ name: 'rows.csv', size: content.length, sha256 }]);
      return uploadId;
    },
    async parts(model) {
      const { trainingStateMachineArn, releaseStateMachineArn, endpointName } = await session.model(model);
      const [training, release, handlers] = await Promise.all([
        machine(trainingStateMachineArn),
        machine(releaseStateMachineArn),
        handlersOf(stacks, `${name}-${model}`),
      ]);
      const queues = (await Promise.all([queuesOf(stacks, name), queuesOf(stacks, `${name}-${model}`)])).flat();
      return { model, endpointName, training, release, handlers, queues };
    },
  };
}

async function queuesOf(client: CloudFormationClient, StackName: string): Promise<string[]> {
  const { StackResources = [] } = await client.send(new DescribeStackResourcesCommand({ StackName }));
  return StackResources.flatMap(({ ResourceType, PhysicalResourceId }) =>
    ResourceType === 'AWS::SQS::Queue' ? [PhysicalResourceId!] : [],
  );
}

/** The registry's table in the platform's stack. */
async function tableOf(client: CloudFormationClient, StackName: string): Promise<string> {
  const { StackResources = [] } = await client.send(new DescribeStackResourcesCommand({ StackName }));
  return StackResources.find(
    ({ ResourceType, LogicalResourceId }) =>
      ResourceType === 'AWS::DynamoDB::Table' && LogicalResourceId!.includes('Registry'),
  )!.PhysicalResourceId!;
}

function clientsOf(sandbox: TestSandbox): Clients {
  const config = clientConfig(sandbox);
  return {
    stacks: new CloudFormationClient(config),
    dynamo: new DynamoDBClient(config),
    lambda: new LambdaClient(config),
    s3: new S3Client({ ...config, forcePathStyle: true }),
    sagemaker: new SageMakerClient(config),
    // One try: what a client of the endpoint sees, not what its retries hide.
    runtime: new SageMakerRuntimeClient({ ...config, maxAttempts: 1 }),
    sfn: new SFNClient(config),
    sqs: new SQSClient(config),
  };
}
