import { CloudFormationClient, DescribeStackEventsCommand } from '@aws-sdk/client-cloudformation';
import { HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { GetQueueUrlCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { clientConfig } from '../support/sandbox';
import { after, before } from './support/changing';
import { readBack } from './support/readback';
import { type DeployedStack, deploy } from './support/stack';

const sandbox = inject('sandbox');
const config = clientConfig(sandbox);
const cloudFormation = new CloudFormationClient(config);
const s3 = new S3Client({ ...config, forcePathStyle: true });
const sqs = new SQSClient(config);

/** What the stack's events say of a resource, the newest first. */
const told = async (stack: string, logicalId: string): Promise<string[]> => {
  const { StackEvents } = await cloudFormation.send(new DescribeStackEventsCommand({ StackName: stack }));
  return (StackEvents ?? [])
    .filter((event) => event.LogicalResourceId === logicalId && /(CREATE|UPDATE)_COMPLETE/.test(event.ResourceStatus!))
    .map(({ ResourceStatusReason }) => ResourceStatusReason ?? '');
};
const differing = async (stack: string) =>
  (await readBack(sandbox, stack)).flatMap(({ logicalId, differences }) =>
    differences.map(({ property }) => `${logicalId} ${property}`),
  );

describe("a template of someone else's", () => {
  let stack: DeployedStack;
  beforeAll(async () => {
    const foreign = {
      Bucket: {
        Type: 'AWS::S3::Bucket',
        Properties: { MetricsConfigurations: [{ Id: 'all' }], VersioningConfiguration: { Status: 'Enabled' } },
      },
      // No reader knows this type.
      Vault: { Type: 'AWS::Backup::BackupVault', Properties: { LockConfiguration: { MinRetentionDays: 7 } } },
      Queue: { Type: 'AWS::SQS::Queue', Properties: { VisibilityTimeout: '7' } },
    };
    stack = await deploy(sandbox, 'foreign', foreign, { Queue: { Ref: 'Queue' } });
  });
  afterAll(() => stack.delete());

  it('deploys, and the event of a resource names the properties that were not applied', async () => {
    expect(await told('foreign', 'Bucket')).toEqual(['Not applied by the sandbox: MetricsConfigurations']);
    expect(await told('foreign', 'Queue')).toEqual(['']);
  });

  it('tells of what was dropped for a type without a reader, too', async () => {
    expect(await told('foreign', 'Vault')).toEqual(['Not applied by the sandbox: LockConfiguration']);
  });

  it('is compared again on demand, so that a change behind its back shows', async () => {
    expect(await differing('foreign')).toEqual([]);
    const Attributes = { VisibilityTimeout: '8' };
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl: stack.outputs.Queue, Attributes }));
    expect(await differing('foreign')).toEqual(['Queue VisibilityTimeout']);
  });
});

describe('an update', () => {
  let stack: DeployedStack;
  beforeAll(async () => {
    stack = await deploy(sandbox, 'changing', before, {});
  });
  afterAll(() => stack.delete());

  it('that fails leaves each resource as it was', async () => {
    expect(await differing('changing')).toEqual([]);
    const Properties = { TopicArn: 'arn:aws:sns:us-east-1:000000000000:nobody', Protocol: 'sqs', Endpoint: 'x' };
    const failing = { Type: 'AWS::SNS::Subscription', Properties, DependsOn: Object.keys(after) };
    const { status, reasons } = await stack.update({ ...after, Failing: failing });
    expect(reasons).toContain('nobody');
    expect(status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(await differing('changing')).toEqual([]);
    expect(await refused(Object.keys(before))).toEqual([]);
  });

  it('changes what the template changes, and takes back what it leaves out', async () => {
    const { status, reasons } = await stack.update(after);
    expect(status, reasons).toBe('UPDATE_COMPLETE');
    expect(await differing('changing')).toEqual([]);
    expect(await refused(Object.keys(after))).toEqual([]);
  });

  const refused = async (ids: string[]) => {
    const events = await Promise.all(ids.map(async (id) => (await told('changing', id)).map((reason) => [id, reason])));
    return events.flat().filter(([, reason]) => reason !== '');
  };
});

describe('a resource that is replaced or removed', () => {
  const queue = (name: string, policies: object = {}) => ({
    Type: 'AWS::SQS::Queue',
    Properties: { QueueName: name },
    ...policies,
  });
  const exists = async (QueueName: string) =>
    sqs.send(new GetQueueUrlCommand({ QueueName })).then(
      () => true,
      () => false,
    );

  it('goes, unless its policies retain it', async () => {
    const kept = { UpdateReplacePolicy: 'Retain', DeletionPolicy: 'Retain' };
    const bucket = { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'retained-by-policy' }, ...kept };
    const resources = { Gone: queue('gone-1'), Kept: queue('kept-1', kept), Bucket: bucket };
    const stack = await deploy(sandbox, 'replaced', resources, {});
    const { status, reasons } = await stack.update({
      ...resources,
      Gone: queue('gone-2'),
      Kept: queue('kept-2', kept),
    });
    expect(status, reasons).toBe('UPDATE_COMPLETE');
    const names = ['gone-1', 'gone-2', 'kept-1', 'kept-2'];
    expect(await Promise.all(names.map(exists))).toEqual([false, true, true, true]);
    await stack.delete({ wait: true });
    expect(await Promise.all(names.map(exists))).toEqual([false, false, true, true]);
    await s3.send(new HeadBucketCommand({ Bucket: 'retained-by-policy' }));
  });
});
