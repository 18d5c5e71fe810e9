import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, ListDashboardsCommand, PutDashboardCommand } from '@aws-sdk/client-cloudwatch';
import { HeadBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, inject, it } from 'vitest';
import { clientConfig } from '../support/sandbox';
import { eventually } from './support/eventually';
import { Machines } from './support/machines';

const sandbox = inject('sandbox');
const client = new CloudFormationClient(clientConfig(sandbox));
const s3 = new S3Client(clientConfig(sandbox));
const topic = (Properties: object = {}) => ({ Type: 'AWS::SNS::Topic', Properties });
const body = (Resources: object, more: object = {}) => JSON.stringify({ Resources, ...more });

async function settled(StackName: string) {
  const status = await eventually(async () => {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName }));
    return Stacks?.[0]?.StackStatus?.endsWith('_IN_PROGRESS') ? undefined : Stacks?.[0];
  });
  const { StackEvents } = await client.send(new DescribeStackEventsCommand({ StackName }));
  const failed = StackEvents!.filter(({ ResourceStatus }) => ResourceStatus?.endsWith('_FAILED'));
  const outputs = Object.fromEntries((status.Outputs ?? []).map((one) => [one.OutputKey, one.OutputValue]));
  return {
    status: status.StackStatus,
    reasons: failed.map(({ ResourceStatusReason }) => ResourceStatusReason),
    outputs,
  };
}
async function create(StackName: string, resources: object, more: object = {}) {
  await client.send(new CreateStackCommand({ StackName, TemplateBody: body(resources, more) }));
  return settled(StackName);
}
async function update(StackName: string, resources: object, more: object = {}) {
  await client.send(new UpdateStackCommand({ StackName, TemplateBody: body(resources, more) }));
  return settled(StackName);
}

describe('CloudFormation', () => {
  it.concurrent.each([
    [
      'a reference to nothing',
      { A: topic({ DisplayName: { Ref: 'Nobody' } }) },
      'Unresolved resource dependencies [Nobody]',
    ],
    [
      'a circle',
      { A: { ...topic(), DependsOn: 'B' }, B: { ...topic(), DependsOn: ['A'] } },
      'Circular dependency between resources: [A, B]',
    ],
    [
      'a snapshot of what has none',
      { A: { ...topic(), DeletionPolicy: 'Snapshot' } },
      'does not support DeletionPolicy Snapshot',
    ],
  ])('refuses %s before it makes anything', async (name, resources, message) => {
    await expect(create(name.replaceAll(' ', '-'), resources)).rejects.toThrow(message);
  });

  it.concurrent('lets one stack export a name, and holds it while another imports it', async () => {
    const exported = (Value: unknown) => ({ Outputs: { X: { Value, Export: { Name: 'rules-x' } } } });
    await create('exports', { A: topic() }, exported('one'));
    await create('imports', { A: topic({ DisplayName: { 'Fn::ImportValue': 'rules-x' } }) });
    const again = await create('exports-again', { A: topic() }, exported('two'));
    expect(again.status).toBe('ROLLBACK_COMPLETE');
    expect(again.reasons.join()).toContain('Export with name rules-x is already exported by stack exports');
    const changed = await update('exports', { A: topic() }, exported('two'));
    expect(changed.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(changed.reasons.join()).toContain('Export rules-x cannot be updated as it is in use by imports');
    const dropped = await update('exports', { A: topic({ DisplayName: 'x' }) });
    expect(dropped.reasons.join()).toContain('Export rules-x cannot be deleted as it is in use by imports');
  });

  it.concurrent('does not take over what has the name already', async () => {
    const named = { A: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'rules-queue' } } };
    expect((await create('first-queue', named)).status).toBe('CREATE_COMPLETE');
    const second = await create('second-queue', named);
    expect(second).toMatchObject({
      status: 'ROLLBACK_COMPLETE',
      reasons: [expect.stringContaining("'rules-queue' already exists")],
    });
    // What the failed stack did not make is still there.
    expect((await update('first-queue', { ...named, B: topic() })).status).toBe('UPDATE_COMPLETE');
  });

  it.concurrent('keeps a bucket that is not empty', async () => {
    const Bucket = 'rules-full';
    await create('full-bucket', { B: { Type: 'AWS::S3::Bucket', Properties: { BucketName: Bucket } } });
    await s3.send(new PutObjectCommand({ Bucket, Key: 'kept', Body: 'x' }));
    await client.send(new DeleteStackCommand({ StackName: 'full-bucket' }));
    const { status, reasons } = await settled('full-bucket');
    expect(status).toBe('DELETE_FAILED');
    expect(reasons.join()).toContain('The bucket you tried to delete is not empty');
    await s3.send(new HeadBucketCommand({ Bucket }));
  });

  it.concurrent('rolls an update back, and names parameters without a slash', async () => {
    const parameter = { Type: 'AWS::SSM::Parameter', Properties: { Type: 'String', Value: 'v' } };
    const output = { Outputs: { Name: { Value: { Ref: 'P' } } } };
    const made = await create('rolled-back', { P: parameter }, output);
    expect(made.outputs.Name).toMatch(/^CFN-P-[0-9a-f]{12}$/);
    const bad = { Type: 'AWS::SSM::Parameter', DependsOn: 'T', Properties: { Type: 'Nope', Value: 'v' } };
    const updated = await update('rolled-back', { P: parameter, T: topic(), Bad: bad }, output);
    expect(updated).toMatchObject({ status: 'UPDATE_ROLLBACK_COMPLETE', outputs: made.outputs });
  });
});

describe('an answer', () => {
  it.concurrent('lists dashboards with their times', async () => {
    const cloudWatch = new CloudWatchClient(clientConfig(sandbox));
    await cloudWatch.send(new PutDashboardCommand({ DashboardName: 'rules', DashboardBody: '{"widgets":[]}' }));
    const { DashboardEntries } = await cloudWatch.send(new ListDashboardsCommand({ DashboardNamePrefix: 'rules' }));
    expect(DashboardEntries).toMatchObject([{ DashboardName: 'rules', LastModified: expect.any(Date) }]);
  });

  it.concurrent('says that a secret without a value has none', async () => {
    const machines = new Machines(sandbox, 'secrets');
    const call = (action: string, Arguments: object) => ({
      Type: 'Task',
      Resource: `arn:aws:states:::aws-sdk:secretsmanager:${action}`,
      Arguments,
    });
    const definition = {
      QueryLanguage: 'JSONata',
      StartAt: 'Make',
      States: {
        Make: { ...call('createSecret', { Name: 'empty', ClientRequestToken: '{% $uuid() %}' }), Next: 'Get' },
        Get: { ...call('getSecretValue', { SecretId: 'empty' }), End: true },
      },
    };
    const described = await machines.finished(await machines.start(definition));
    expect(described).toMatchObject({ status: 'FAILED', error: 'SecretsManager.ResourceNotFoundException' });
    expect(described.cause).toContain('staging label: AWSCURRENT');
  });
});
