import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BatchGetImageCommand, ECRClient } from '@aws-sdk/client-ecr';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DescribeTrainingJobCommand, ListTagsCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { create as createTar } from 'tar';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { clientConfig } from '../support/sandbox';
import { eventually } from './support/eventually';
import { type DeployedStack, deploy, rulesMaySend } from './support/stack';

const sandbox = inject('sandbox');
const config = clientConfig(sandbox);
const sfn = new SFNClient(config);
const sageMaker = new SageMakerClient(config);
const sqs = new SQSClient(config);
const BUCKET = 'integrations';
let stack: DeployedStack;
let machines = 0;

const SCRIPT = `import os, sys, time
print("training")
time.sleep(float(sys.argv[sys.argv.index("--sleep") + 1]))
if "--fail" in sys.argv: sys.exit("asked to fail")
open(os.path.join(os.environ["SM_MODEL_DIR"], "model.txt"), "w").write("m")
`;

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'source-'));
  writeFileSync(join(folder, 'train.py'), SCRIPT);
  const archive = join(folder, 'source.tar.gz');
  await createTar({ gzip: true, cwd: folder, file: archive }, ['train.py']);
  const s3 = new S3Client(config);
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'source.tar.gz', Body: readFileSync(archive) }));
  const target = { Id: 'queue', Arn: { 'Fn::GetAtt': ['Queue', 'Arn'] } };
  const pattern = { source: ['aws.sagemaker'], detail: { TrainingJobStatus: ['Completed'] } };
  const resources = {
    Queue: { Type: 'AWS::SQS::Queue' },
    RulePolicy: rulesMaySend('Queue'),
    Rule: { Type: 'AWS::Events::Rule', Properties: { EventPattern: pattern, Targets: [target] } },
    Group: { Type: 'AWS::SageMaker::ModelPackageGroup', Properties: { ModelPackageGroupName: 'integrations' } },
  };
  stack = await deploy(sandbox, 'integrations', resources, { Queue: { Ref: 'Queue' } });
});
afterAll(() => stack.delete());

function trainingJob(name: string, parameters: Record<string, string>) {
  return {
    TrainingJobName: name,
    RoleArn: `arn:aws:iam::${sandbox.accountId}:role/job`,
    AlgorithmSpecification: {
      TrainingImage: `683313688378.dkr.ecr.${sandbox.region}.amazonaws.com/sagemaker-xgboost:3.2-0`,
      TrainingInputMode: 'File',
    },
    HyperParameters: {
      sagemaker_program: 'train.py',
      sagemaker_submit_directory: `s3://${BUCKET}/source.tar.gz`,
      ...parameters,
    },
    OutputDataConfig: { S3OutputPath: `s3://${BUCKET}/out` },
    ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 5 },
    StoppingCondition: { MaxRuntimeInSeconds: 600 },
  };
}

async function start(resource: string, Arguments: object, extra: object = {}): Promise<string> {
  const Train = { Type: 'Task', Resource: `arn:aws:states:::${resource}`, Arguments, End: true, ...extra };
  const definition = JSON.stringify({ QueryLanguage: 'JSONata', StartAt: 'Train', States: { Train } });
  const roleArn = `arn:aws:iam::${sandbox.accountId}:role/machine`;
  const name = `integrations-${++machines}`;
  const { stateMachineArn } = await sfn.send(new CreateStateMachineCommand({ name, definition, roleArn }));
  return (await sfn.send(new StartExecutionCommand({ stateMachineArn }))).executionArn!;
}

function finished(executionArn: string) {
  return eventually(async () => {
    const described = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    return described.status === 'RUNNING' ? undefined : described;
  });
}

const job = (TrainingJobName: string) => sageMaker.send(new DescribeTrainingJobCommand({ TrainingJobName }));
const inProgress = (name: string) =>
  eventually(async () => ((await job(name)).TrainingJobStatus === 'InProgress' ? true : undefined));
const stopped = (name: string) =>
  eventually(async () => ((await job(name)).TrainingJobStatus === 'Stopped' ? true : undefined));

describe('createTrainingJob.sync', () => {
  it('ends with the description of the completed job, tags the job, and the end is an event', async () => {
    const described = await finished(
      await start('sagemaker:createTrainingJob.sync', trainingJob('well', { sleep: '0' })),
    );
    expect(described.status).toBe('SUCCEEDED');
    const output = JSON.parse(described.output!);
    expect(output).toMatchObject({ TrainingJobName: 'well', TrainingJobStatus: 'Completed' });
    expect(output.TrainingEndTime).toBeGreaterThan(1e12);
    const { Tags } = await sageMaker.send(new ListTagsCommand({ ResourceArn: output.TrainingJobArn }));
    expect(Tags).toContainEqual({ Key: 'MANAGED_BY_AWS', Value: 'STARTED_BY_STEP_FUNCTIONS' });
    const event = await eventually(async () => {
      const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: stack.outputs.Queue }));
      return Messages?.[0]?.Body;
    });
    expect(JSON.parse(event)).toMatchObject({ source: 'aws.sagemaker', detail: { TrainingJobName: 'well' } });
  });

  it('fails with the description of the failed job', async () => {
    const definition = trainingJob('badly', { sleep: '0', fail: 'yes' });
    const described = await finished(await start('sagemaker:createTrainingJob.sync', definition));
    expect(described).toMatchObject({ status: 'FAILED', error: 'States.TaskFailed' });
    expect(JSON.parse(described.cause!)).toMatchObject({ TrainingJobStatus: 'Failed' });
  });

  it('names a job that exists already as AWS does', async () => {
    const again = trainingJob('well', { sleep: '0' });
    const optimized = await finished(await start('sagemaker:createTrainingJob.sync', again));
    expect(optimized.error).toBe('SageMaker.ResourceInUseException');
    const sdk = await finished(await start('aws-sdk:sagemaker:createTrainingJob', again));
    expect(sdk.error).toBe('SageMaker.ResourceInUseException');
  });

  it('stops the job when the execution is stopped', async () => {
    const executionArn = await start('sagemaker:createTrainingJob.sync', trainingJob('stopped', { sleep: '600' }));
    await inProgress('stopped');
    await sfn.send(new StopExecutionCommand({ executionArn }));
    await stopped('stopped');
    expect((await finished(executionArn)).status).toBe('ABORTED');
  });

  it('stops the job when the state takes too long', async () => {
    const definition = trainingJob('slow', { sleep: '600' });
    const executionArn = await start('sagemaker:createTrainingJob.sync', definition, { TimeoutSeconds: 2 });
    expect((await finished(executionArn)).error).toBe('States.Timeout');
    await stopped('slow');
  });
});

it('gives the general error of the service for what has no name of its own', async () => {
  const refused = await finished(await start('aws-sdk:sagemaker:describeModel', { ModelName: 'none' }));
  expect(refused.error).toBe('SageMaker.SageMakerException');
});

it("answers the digest of AWS's published images, under any registry", async () => {
  const imageIds = [{ imageTag: '3.2-0' }, { imageTag: 'none' }];
  const { images, failures } = await new ECRClient(config).send(
    new BatchGetImageCommand({ registryId: '683313688378', repositoryName: 'sagemaker-xgboost', imageIds }),
  );
  expect(images?.[0]?.imageId?.imageDigest).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(failures).toMatchObject([{ failureCode: 'ImageNotFound' }]);
});
