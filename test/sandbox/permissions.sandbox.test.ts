import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateModelCommand,
  CreateTrainingJobCommand,
  type CreateTrainingJobCommandInput,
  DescribeTrainingJobCommand,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import { CreateScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { create as createTar } from 'tar';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { RecordedCall } from '../../scripts/permissions/snapshot';
import { makeRole, setPolicy } from '../support/roles';
import { clientConfig } from '../support/sandbox';
import { eventually } from './support/eventually';

const sandbox = inject('sandbox');
const root = clientConfig(sandbox);
const s3 = new S3Client({ ...root, forcePathStyle: true });
const BUCKET = 'permissions';
const OTHER = 'permissions-other';
const ANYTHING = { Effect: 'Allow', Action: '*', Resource: '*' };
const OBJECTS = { Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject'], Resource: `arn:aws:s3:::${BUCKET}/*` };
const LOGS = { Effect: 'Allow', Action: 'logs:*', Resource: '*' };
const IMAGE = '683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0';
const PULL = { Effect: 'Allow', Action: 'ecr:*', Resource: '*' };
const people = {
  Effect: 'Allow',
  Principal: { AWS: `arn:aws:iam::${sandbox.accountId}:root` },
  Action: 'sts:AssumeRole',
};

/** What the sandbox has recorded of a role. */
const recorded = (role: string): RecordedCall[] => {
  const file = join(sandbox.stateDir, 'iam/calls.jsonl');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  return lines
    .map((line) => JSON.parse(line) as RecordedCall)
    .filter(({ principal }) => principal.endsWith(`/${role}`));
};

/** The configuration of a client that holds a role's session. */
async function sessionOf(name: string, statements: readonly object[]) {
  const RoleArn = await makeRole(sandbox, { name, statements, trust: people });
  const sts = new STSClient(root);
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'person' }));
  const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials!;
  const credentials = { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey!, sessionToken: SessionToken! };
  return { ...root, credentials, maxAttempts: 1 };
}

const refused = async (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'it was allowed',
    (error: Error) => `${error.name}: ${error.message}`,
  );

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'permissions-'));
  const archive = join(folder, 'source.tar.gz');
  const script = [
    'import boto3, os',
    "s3 = boto3.client('s3')",
    "print('caller', boto3.client('sts').get_caller_identity()['Arn'])",
    `s3.put_object(Bucket='${BUCKET}', Key='allowed/by-script', Body=b'x')`,
    `s3.put_object(Bucket='${BUCKET}', Key='forbidden/by-script', Body=b'x')`,
  ];
  writeFileSync(join(folder, 'train.py'), script.join('\n'));
  await createTar({ gzip: true, cwd: folder, file: archive }, ['train.py']);
  for (const Bucket of [BUCKET, OTHER]) await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'source.tar.gz', Body: readFileSync(archive) }));
});

describe('a role that calls AWS', () => {
  it('may what its policies allow; the rest is refused in AWS’s words, logged, and recorded', async () => {
    const role = new S3Client({ ...(await sessionOf('reader', [OBJECTS])), forcePathStyle: true });
    await role.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'a', Body: 'a' }));
    const refusal = await refused(role.send(new GetObjectCommand({ Bucket: OTHER, Key: 'a' })));
    expect(refusal).toMatch(
      /^AccessDenied: User: arn:aws:sts::\d+:assumed-role\/reader\/person is not authorized to perform: s3:GetObject/,
    );
    expect(recorded('reader')).toContainEqual(
      expect.objectContaining({ action: 's3:PutObject', resource: `arn:aws:s3:::${BUCKET}/a`, decision: 'Allow' }),
    );
    expect(recorded('reader')).toContainEqual(
      expect.objectContaining({ action: 's3:GetObject', decision: 'ImplicitDeny' }),
    );
    const log = readFileSync(join(sandbox.stateDir, 'sandbox.log'), 'utf8');
    expect(log).toContain('assumed-role/reader/person may not s3:GetObject on arn:aws:s3:::permissions-other/a');
  });

  it('needs PassRole, and the action itself, to start a job of SageMaker', async () => {
    const job = await makeRole(sandbox, { name: 'passed-job' });
    const start = { Effect: 'Allow', Action: 'sagemaker:CreateTrainingJob', Resource: '*' };
    const client = new SageMakerClient(await sessionOf('starter', [LOGS]));
    const create = (name: string) => refused(client.send(new CreateTrainingJobCommand(trainingJob(name, job))));
    expect(await create('no-action')).toContain('is not authorized to perform: sagemaker:CreateTrainingJob');
    await setPolicy(sandbox, 'starter', [start]);
    expect(await create('no-pass')).toMatch(/^AccessDeniedException: .*iam:PassRole on resource: .*passed-job/);
    const condition = { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } };
    await setPolicy(sandbox, 'starter', [
      start,
      { Effect: 'Allow', Action: 'iam:PassRole', Resource: job, Condition: condition },
    ]);
    expect(await create('all-there')).toBe('it was allowed');
  });

  it('needs PassRole for the service that it hands a role to', async () => {
    const job = await makeRole(sandbox, { name: 'handed-over' });
    const session = await sessionOf('hands-over', [
      {
        Effect: 'Allow',
        Action: ['lambda:*', 'states:*', 'events:*', 'scheduler:*', 'cloudformation:*'],
        Resource: '*',
      },
    ]);
    const [lambda, states, schedules] = [
      new LambdaClient(session),
      new SFNClient(session),
      new SchedulerClient(session),
    ];
    const [events, stacks] = [new EventBridgeClient(session), new CloudFormationClient(session)];
    await events.send(new PutRuleCommand({ Name: 'hands-over', EventPattern: '{"source":["none"]}' }));
    const definition = JSON.stringify({ StartAt: 'Do', States: { Do: { Type: 'Succeed' } } });
    const machine = `arn:aws:states:${sandbox.region}:${sandbox.accountId}:stateMachine:handed-over`;
    const target = { Id: 'a', Arn: machine, RoleArn: job };
    const calls = {
      lambda: () =>
        lambda.send(
          new CreateFunctionCommand({
            FunctionName: 'handed-over',
            Role: job,
            Runtime: 'nodejs22.x',
            Handler: 'index.handler',
            Code: { ZipFile: new Uint8Array([80, 75, 5, 6, ...Array(18).fill(0)]) },
          }),
        ),
      states: () => states.send(new CreateStateMachineCommand({ name: 'handed-over', roleArn: job, definition })),
      events: () => events.send(new PutTargetsCommand({ Rule: 'hands-over', Targets: [target] })),
      scheduler: () =>
        schedules.send(
          new CreateScheduleCommand({
            Name: 'handed-over',
            ScheduleExpression: 'rate(9 days)',
            FlexibleTimeWindow: { Mode: 'OFF' },
            Target: { Arn: machine, RoleArn: job },
          }),
        ),
      cloudformation: () =>
        stacks.send(
          new CreateStackCommand({
            StackName: 'handed-over',
            RoleARN: job,
            TemplateBody: JSON.stringify({ Resources: { Wait: { Type: 'AWS::CloudFormation::WaitConditionHandle' } } }),
          }),
        ),
    };
    for (const call of Object.values(calls)) {
      expect(await refused(call())).toMatch(/^AccessDenied\w*: .*iam:PassRole on resource: .*handed-over/);
    }
    for (const [service, call] of Object.entries(calls)) {
      const condition = { StringEquals: { 'iam:PassedToService': `${service}.amazonaws.com` } };
      await setPolicy(sandbox, 'hands-over', [
        { Effect: 'Allow', Action: `${service}:*`, Resource: '*' },
        { Effect: 'Allow', Action: 'iam:PassRole', Resource: job, Condition: condition },
      ]);
      expect(await refused(call())).toBe('it was allowed');
    }
  });

  it('is refused with a key that nobody issued', async () => {
    const credentials = { accessKeyId: 'AKIAUNKNOWN00000', secretAccessKey: 'x' };
    const client = new SageMakerClient({ ...root, credentials, maxAttempts: 1 });
    const refusal = await refused(client.send(new DescribeTrainingJobCommand({ TrainingJobName: 'any' })));
    expect(refusal).toContain('UnrecognizedClientException: The security token included in the request is invalid.');
  });
});

describe('a job of SageMaker', () => {
  const sageMaker = new SageMakerClient(root);
  const run = async (name: string, role: string) => {
    await sageMaker.send(new CreateTrainingJobCommand(trainingJob(name, role)));
    return eventually(async () => {
      const job = await sageMaker.send(new DescribeTrainingJobCommand({ TrainingJobName: name }));
      return job.TrainingJobStatus === 'InProgress' ? undefined : job;
    });
  };

  it('reads, logs and runs its code as its role', async () => {
    const forbidden = { Effect: 'Deny', Action: 's3:*', Resource: `arn:aws:s3:::${BUCKET}/forbidden/*` };
    const role = await makeRole(sandbox, { name: 'runs-code', statements: [OBJECTS, LOGS, PULL, forbidden] });
    const job = await run('as-its-role', role);
    expect(job.FailureReason).toContain('AccessDenied');
    const done = recorded('runs-code').map(
      ({ action, resource, decision }) => `${action} ${resource.split(':').at(-1)} ${decision}`,
    );
    expect(done).toEqual(
      expect.arrayContaining([
        `s3:GetObject ${BUCKET}/source.tar.gz Allow`,
        `s3:PutObject ${BUCKET}/allowed/by-script Allow`,
        `s3:PutObject ${BUCKET}/forbidden/by-script Deny`,
        'ecr:BatchGetImage repository/sagemaker-xgboost Allow',
      ]),
    );
    expect(recorded('runs-code').map(({ action }) => action)).toContain('logs:PutLogEvents');
  });

  it('fails with the reason where its role may not read the code', async () => {
    const role = await makeRole(sandbox, { name: 'reads-nothing', statements: [LOGS, PULL] });
    expect((await run('reads-nothing', role)).FailureReason).toMatch(
      /^ClientError: .*source.tar.gz cannot be read: AccessDenied/,
    );
  });

  it('is refused where SageMaker may not assume the role for it', async () => {
    const service = { Service: 'sagemaker.amazonaws.com' };
    const Condition = { StringEquals: { 'aws:SourceAccount': '999999999999' } };
    const trust = { Effect: 'Allow', Principal: service, Action: 'sts:AssumeRole', Condition };
    const role = await makeRole(sandbox, { name: 'of-others', trust });
    const create = sageMaker.send(new CreateTrainingJobCommand(trainingJob('not-assumable', role)));
    expect(await refused(create)).toContain(`ValidationException: Could not assume role ${role}.`);
    const model = { ModelName: 'not-assumable', ExecutionRoleArn: role, PrimaryContainer: { Image: IMAGE } };
    expect(await refused(sageMaker.send(new CreateModelCommand(model)))).toContain('Could not assume role');
  });
});

describe('a state machine', () => {
  const sfn = new SFNClient(root);
  const create = (name: string, roleArn: string, Resource: string, Arguments: object) => {
    const States = { Do: { Type: 'Task', Resource, Arguments, End: true } };
    const definition = JSON.stringify({ QueryLanguage: 'JSONata', StartAt: 'Do', States });
    return sfn.send(new CreateStateMachineCommand({ name, roleArn, definition }));
  };
  const run = async (stateMachineArn: string | undefined) => {
    const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn }));
    return eventually(async () => {
      const execution = await sfn.send(new DescribeExecutionCommand({ executionArn }));
      return execution.status === 'RUNNING' ? undefined : execution;
    });
  };

  it.each([
    [
      'sqs:sendMessage',
      { QueueUrl: `${sandbox.endpoint}/${sandbox.accountId}/none`, MessageBody: 'x' },
      'sqs:SendMessage',
    ],
    ['aws-sdk:dynamodb:listTables', {}, 'dynamodb:ListTables'],
    [
      'sagemaker:createModel',
      { ModelName: 'of-a-machine', PrimaryContainer: { Image: IMAGE } },
      'sagemaker:CreateModel',
    ],
    ['lambda:invoke', { FunctionName: 'none', Payload: {} }, 'lambda:InvokeFunction'],
  ])('acts as its role in %s', async (task, given, action) => {
    const name = `machine-${action.replace(':', '-')}`;
    const role = await makeRole(sandbox, { name, statements: [LOGS] });
    const { stateMachineArn } = await create(name, role, `arn:aws:states:::${task}`, given);
    const { status, error, cause } = await run(stateMachineArn);
    expect(status).toBe('FAILED');
    expect(`${error}: ${cause}`).toContain(`assumed-role/${name}/${name} is not authorized to perform: ${action}`);
    expect(recorded(name)).toContainEqual(expect.objectContaining({ action, decision: 'ImplicitDeny' }));
    await setPolicy(sandbox, name, [ANYTHING]);
    expect(`${(await run(stateMachineArn)).cause}`).not.toContain('is not authorized');
  });

  it('is refused where its role may not make the rules that a .sync task needs, or where Step Functions may not assume it', async () => {
    const role = await makeRole(sandbox, { name: 'no-rules', statements: [LOGS] });
    const sync = 'arn:aws:states:::sagemaker:createTrainingJob.sync';
    expect(await refused(create('no-rules', role, sync, {}))).toContain(
      `'${role}' is not authorized to create managed-rule`,
    );
    const trust = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' };
    const other = await makeRole(sandbox, { name: 'of-lambda', trust });
    expect(await refused(create('of-lambda', other, sync, {}))).toContain('authorized to assume the provided role');
  });
});

function trainingJob(name: string, RoleArn: string): CreateTrainingJobCommandInput {
  return {
    TrainingJobName: name,
    RoleArn,
    AlgorithmSpecification: { TrainingImage: IMAGE, TrainingInputMode: 'File' },
    HyperParameters: {
      sagemaker_program: 'train.py',
      sagemaker_submit_directory: `s3://${BUCKET}/source.tar.gz`,
    },
    OutputDataConfig: { S3OutputPath: `s3://${BUCKET}/out` },
    ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 },
    StoppingCondition: { MaxRuntimeInSeconds: 60 },
  };
}
