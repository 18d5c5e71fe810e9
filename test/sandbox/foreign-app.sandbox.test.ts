import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ApplicationAutoScalingClient, DescribeScalableTargetsCommand } from '@aws-sdk/client-application-auto-scaling';
import { CloudFormationClient, DeleteStackCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import {
  CloudWatchLogsClient,
  DescribeQueryDefinitionsCommand,
  FilterLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { DescribeSecurityGroupsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { create } from 'tar';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { runCdk } from '../../cli/src/deploy/cdk';
import { childEnv, clientConfig } from '../support/sandbox';
import { eventually } from './support/eventually';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const APP = fileURLToPath(new URL('fixtures/foreign/app.ts', import.meta.url));
const MODEL = fileURLToPath(new URL('fixtures/foreign/model', import.meta.url));
const ASSETS = 'foreign-assets';
const sandbox = inject('sandbox');
const config = clientConfig(sandbox);
const s3 = new S3Client({ ...config, forcePathStyle: true });
const stacks = new CloudFormationClient(config);
const scaling = new ApplicationAutoScalingClient(config);
const output = mkdtempSync(join(tmpdir(), 'foreign-'));

const cdk = (...args: string[]) =>
  runCdk(
    [...args, '--app', `node --import tsx "${APP}"`, '--output', output, '-c', `assets=${ASSETS}`, '--no-notices'],
    {
      cwd: ROOT,
      env: { ...childEnv(sandbox), CDK_VALIDATION: 'false', CDK_DISABLE_CLI_TELEMETRY: 'true', FORCE_COLOR: '0' },
      onLine: () => {},
    },
  );
const deploy = (...args: string[]) =>
  cdk('deploy', '--all', '--require-approval', 'never', '--concurrency', '2', ...args);
const put = (key: string, body: string | Uint8Array) =>
  s3.send(new PutObjectCommand({ Bucket: ASSETS, Key: key, Body: body }));

async function archive(...entries: string[]): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of create({ gzip: true, cwd: MODEL }, entries)) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function outputsOf(stack: string): Promise<Record<string, string>> {
  const { Stacks } = await stacks.send(new DescribeStacksCommand({ StackName: stack }));
  return Object.fromEntries(
    (Stacks?.[0]?.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey!, OutputValue!]),
  );
}

/** Calls a REST API by its path; the sandbox has no DNS names. */
async function get(url: string): Promise<unknown> {
  const { hostname, pathname } = new URL(url);
  const id = hostname.split('.')[0];
  const response = await fetch(`${sandbox.endpoint}/_aws/execute-api/${id}${pathname}`);
  return response.json();
}

describe("a stranger's CDK app", { timeout: 120_000 }, () => {
  let [site, ml]: Record<string, string>[] = [];
  beforeAll(async () => {
    await s3.send(new CreateBucketCommand({ Bucket: ASSETS }));
    await Promise.all([
      put('data/rows.csv', '1,2\n'),
      archive('train.py').then((body) => put('source.tar.gz', body)),
      archive('code').then((body) => put('model.tar.gz', body)),
    ]);
    await deploy();
    [site, ml] = await Promise.all([outputsOf('ForeignSite'), outputsOf('ForeignMl')]);
  });
  afterAll(() => rmSync(output, { recursive: true, force: true }));

  it('copies its pages into a bucket, with values of the deployment', async () => {
    const body = async (Key: string) => {
      const object = await s3.send(new GetObjectCommand({ Bucket: site!.Bucket, Key }));
      return object.Body?.transformToString();
    };
    expect(await body('index.html')).toBe('<h1>A site</h1>\n');
    expect(JSON.parse((await body('config.json')) ?? '')).toEqual({ secret: site!.Secret, release: '1' });
  });

  it("refers to a secret by its ARN, and runs a layer's program from /opt", async () => {
    expect(site!.Secret).toMatch(/^arn:aws:secretsmanager:.*:secret:ForeignSite-?.*-\w{6}$/);
    expect(await get(site!.Url!)).toEqual({ said: 'hello from a layer', secret: 20, release: '1' });
  });

  it('closes the default security group, and opens others by rules of their own', async () => {
    const filter = [{ Name: 'vpc-id', Values: [site!.Vpc!] }];
    const { SecurityGroups } = await new EC2Client(config).send(new DescribeSecurityGroupsCommand({ Filters: filter }));
    const ports = (SecurityGroups ?? []).map(({ IpPermissions }) =>
      (IpPermissions ?? []).map(({ FromPort }) => FromPort),
    );
    expect(ports.map((each) => each.sort()).sort((a, b) => a.length - b.length)).toEqual([[], [], [443, 8080]]);
    const { queryDefinitions } = await new CloudWatchLogsClient(config).send(new DescribeQueryDefinitionsCommand({}));
    expect(queryDefinitions?.map(({ name }) => name)).toContain('foreign');
  });

  it('trains by SageMaker tasks that name S3 by URL, and catches the error of a Python function by its type', async () => {
    const sfn = new SFNClient(config);
    const { executionArn } = await sfn.send(
      new StartExecutionCommand({ stateMachineArn: ml!.Machine, input: JSON.stringify({ id: 'one', n: 1 }) }),
    );
    const ended = await eventually(async () => {
      const execution = await sfn.send(new DescribeExecutionCommand({ executionArn }));
      return execution.status === 'RUNNING' ? undefined : execution;
    });
    expect(ended.status, ended.cause).toBe('SUCCEEDED');
    const told = JSON.parse(ended.output ?? '{}');
    expect(told).toMatchObject({ why: 'LookupError', sum: 42 });
    expect(told.model).toContain('out/foreign-one/output/model.tar.gz');
  });

  it('writes events to a log group, and tells the destination for successes what a function answered', async () => {
    const entry = { Source: 'foreign', DetailType: 'Asked', Detail: '{"n":1}', EventBusName: ml!.Bus };
    await new EventBridgeClient(config).send(new PutEventsCommand({ Entries: [entry] }));
    const logged = await eventually(async () => {
      const found = await new CloudWatchLogsClient(config).send(
        new FilterLogEventsCommand({ logGroupName: ml!.Group }),
      );
      return found.events?.[0]?.message;
    });
    expect(JSON.parse(logged)).toMatchObject({ source: 'foreign', detail: { n: 1 } });
    const message = await eventually(async () => {
      const { Messages } = await new SQSClient(config).send(new ReceiveMessageCommand({ QueueUrl: ml!.Done }));
      return Messages?.[0]?.Body;
    });
    expect(JSON.parse(message)).toMatchObject({ requestContext: { condition: 'Success' }, responsePayload: { n: 1 } });
  });

  it('updates what changed, and is destroyed whole', async () => {
    const capacity = async () => {
      const found = await scaling.send(new DescribeScalableTargetsCommand({ ServiceNamespace: 'sagemaker' }));
      return found.ScalableTargets?.map(({ MaxCapacity }) => MaxCapacity);
    };
    expect(await capacity()).toEqual([2]);
    await deploy('-c', 'release=2');
    expect(await capacity()).toEqual([3]);
    expect(await get(site!.Url!)).toMatchObject({ release: '2' });
    const invocation = { EndpointName: 'foreign', ContentType: 'text/csv', Body: '4' };
    const answer = await new SageMakerRuntimeClient(config).send(new InvokeEndpointCommand(invocation));
    expect(Buffer.from(answer.Body).toString()).toBe('8.0');
    const names = ['ForeignSite', 'ForeignMl'];
    for (const StackName of names) await stacks.send(new DeleteStackCommand({ StackName }));
    const gone = (StackName: string) =>
      stacks.send(new DescribeStacksCommand({ StackName })).then(
        ({ Stacks }) => (Stacks?.[0]?.StackStatus === 'DELETE_FAILED' ? Stacks[0].StackStatusReason : undefined),
        (error: Error) => error.message,
      );
    const ends = await Promise.all(names.map((name) => eventually(() => gone(name))));
    expect(ends).toEqual(names.map((name) => expect.stringContaining(`${name} does not exist`)));
    expect(await capacity()).toEqual([]);
  });
});
