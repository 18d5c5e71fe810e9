import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { SendTaskFailureCommand, SendTaskSuccessCommand } from '@aws-sdk/client-sfn';
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { ensurePython } from 'cdk-mlops-sandbox';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { runCdk } from '../../cli/src/deploy/cdk';
import { childEnv, clientConfig } from '../support/sandbox';
import { tinyData } from './support/files';
import { type Flows, openFlows, pollUntil } from './support/flows';
import { PLATFORM } from './support/names';

/** What the pipeline hands a worker. */
interface Work {
  readonly taskToken: string;
  readonly runId: string;
  readonly attempt: number;
  readonly model: string;
  readonly hyperparameters: { readonly rounds: string };
  readonly train: string;
  readonly validation: string;
  readonly outputUri: string;
}

const APP = fileURLToPath(new URL('./trainer-app.ts', import.meta.url));
const sandbox = inject('sandbox');
const sqs = new SQSClient(clientConfig(sandbox));
let flows: Flows;
let queueUrl: string;
let data: string;

beforeAll(async () => {
  flows = await openFlows(sandbox);
  const env = { ...childEnv(sandbox), CDK_VALIDATION: 'false', CDK_DISABLE_CLI_TELEMETRY: 'true', FORCE_COLOR: '0' };
  const output = join(sandbox.stateDir, 'trainer.cdk.out');
  const app = ['--app', `node --import tsx "${APP}"`, '--output', output, '--no-notices'];
  const deploy = ['deploy', '--all', '--require-approval', 'never', ...app];
  await runCdk(deploy, { cwd: join(__dirname, '../..'), env, onLine: () => {} });
  const stacks = new CloudFormationClient(clientConfig(sandbox));
  const { Stacks } = await stacks.send(new DescribeStacksCommand({ StackName: `${PLATFORM}-outside` }));
  queueUrl = Stacks![0]!.Outputs!.find(({ OutputKey }) => OutputKey === 'QueueUrl')!.OutputValue!;
  const pushed = await flows.mlops('data', 'push', 'outside', await tinyData(7));
  data = String(pushed.json.version);
});

/** Starts a run. */
async function train(...args: string[]): Promise<string> {
  const started = await flows.mlops('train', 'outside', '--data-version', data, '--no-follow', ...args);
  expect(started.code, started.stderr).toBe(0);
  return started.json.runId;
}

/** Takes the work of a run's attempt from the queue. */
const workOf = (runId: string, attempt: number) =>
  pollUntil(`the work of ${runId}, attempt ${attempt}, is in the queue`, async () => {
    const received = await sqs.send(new ReceiveMessageCommand({ QueueUrl: queueUrl, WaitTimeSeconds: 1 }));
    for (const { Body, ReceiptHandle } of received.Messages ?? []) {
      await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }));
      const work = JSON.parse(Body!) as Work;
      if (work.runId === runId && work.attempt === attempt) return work;
    }
    return undefined;
  });

const located = (uri: string): { readonly bucket: string; readonly key: string } => {
  const { host, pathname } = new URL(uri);
  return { bucket: host, key: pathname.slice(1) };
};

/** Trains as a worker does that has nothing but the message, S3 and Python. */
async function trainElsewhere(work: Work): Promise<Buffer> {
  const folder = await mkdtemp(join(sandbox.stateDir, 'worker-'));
  await mkdir(join(folder, 'train'));
  const { bucket: Bucket, key: Prefix } = located(work.train);
  const { Contents = [] } = await flows.s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
  for (const [index, { Key }] of Contents.entries()) {
    const { Body } = await flows.s3.send(new GetObjectCommand({ Bucket, Key }));
    await writeFile(join(folder, `train/${index}.csv`), await Body!.transformToByteArray());
  }
  const { python } = await ensurePython();
  const script = join(__dirname, 'fixtures/outside/train.py');
  const archive = join(folder, 'model.tar.gz');
  await promisify(execFile)(python, [script, join(folder, 'train'), archive, work.hyperparameters.rounds]);
  return readFile(archive);
}

/** Puts an archive, and tells the run where it lies. */
async function answer(work: Work, archive: string | Uint8Array, archiveUri = `${work.outputUri}/model.tar.gz`) {
  const { bucket: Bucket, key: Key } = located(archiveUri);
  await flows.s3.send(new PutObjectCommand({ Bucket, Key, Body: archive }));
  await send(work, { archiveUri });
}

const send = (work: Work, output: object) =>
  flows.sfn.send(new SendTaskSuccessCommand({ taskToken: work.taskToken, output: JSON.stringify(output) }));

/** Polls for the end of a run's attempt. */
const ended = ({ runId, attempt }: Pick<Work, 'runId' | 'attempt'>) =>
  flows.run(runId, (run) => run.attempt === attempt && !['REQUESTED', 'RUNNING'].includes(run.status));

test('a worker outside of AWS trains a version, which is graded, registered and serves', async () => {
  const work = await workOf(await train('--param', 'rounds=12'), 1);
  expect(work).toMatchObject({ model: 'outside', hyperparameters: { rounds: '12' } });
  expect(work.outputUri).toContain(`/runs/${work.runId}/`);
  await answer(work, await trainElsewhere(work));

  const run = await ended(work);
  expect(run, run.reason).toMatchObject({ status: 'SUCCEEDED', version: 1 });
  expect(run.metrics?.roc_auc).toBeGreaterThan(0.9);
  expect(run.steps.map(({ step, status }) => `${step} ${status}`)).toContain('Train SUCCEEDED');
  const version = await flows.registry.modelVersion('outside', 1);
  expect(version).toMatchObject({ runId: work.runId, dataset: { name: 'outside', version: Number(data) } });
  expect(version.archive.uri).toContain(`/models/sha256/${version.archive.sha256}/`);

  expect(await flows.mlops('release', 'outside', '1')).toMatchObject({ code: 0, json: { status: 'SUCCEEDED' } });
  const rows = join(sandbox.stateDir, 'outside-rows.csv');
  await writeFile(rows, '120,41\n60,36\n');
  const invoked = await flows.mlops('invoke', 'outside', rows);
  const [sick, well] = invoked.json.body.trim().split('\n').map(Number);
  expect(sick).toBeGreaterThan(0.8);
  expect(well).toBeLessThan(0.2);
});

describe('a worker that does not deliver', () => {
  let runId: string;
  beforeAll(async () => {
    runId = await train();
  });

  const lost = (work: Work) => `${work.outputUri}/lost.tar.gz`;
  const elsewhere = (work: Work) => `s3://${located(work.outputUri).bucket}/runs/another/model.tar.gz`;
  const cases: [string, (work: Work) => Promise<unknown>, (work: Work) => RegExp][] = [
    [
      'and says so: FAILED with its words',
      ({ taskToken }) =>
        flows.sfn.send(new SendTaskFailureCommand({ taskToken, error: 'WorkerFailed', cause: 'the cluster is down' })),
      () => /the cluster is down/,
    ],
    ['and answers without an archive: FAILED, with what is missing', (work) => send(work, {}), () => /archiveUri/],
    [
      'and names what it never wrote: FAILED, with its name',
      (work) => send(work, { archiveUri: lost(work) }),
      (work) => new RegExp(`There is no archive at ${lost(work)}`),
    ],
    [
      'and writes elsewhere than below its run: FAILED, with where to write',
      (work) => answer(work, 'anything', elsewhere(work)),
      (work) => new RegExp(`below s3://.*/runs/${runId}/, not to ${elsewhere(work)}`),
    ],
    ['and writes no archive: FAILED', (work) => answer(work, 'no tar, nor gzip'), () => /is no tar\.gz/],
  ];
  // Each is an attempt of the same run: a resume asks the worker again.
  test.each(cases.map((each, index) => [...each, index + 1] as const))('%s', async (_, deliver, reason, attempt) => {
    if (attempt > 1) expect((await flows.mlops('runs', 'resume', runId, '--no-follow')).code).toBe(0);
    const work = await workOf(runId, attempt);
    await deliver(work);
    const run = await ended(work);
    expect(run.status, run.reason).toBe('FAILED');
    expect(run.reason).toMatch(reason(work));
    expect(run).not.toHaveProperty('version');
  });

  test('takes no late answer of a stopped run, and is asked again when it is resumed', async () => {
    const [stopped, last] = [cases.length + 1, cases.length + 2];
    await flows.mlops('runs', 'resume', runId, '--no-follow');
    const work = await workOf(runId, stopped);
    expect((await flows.mlops('runs', 'stop', runId)).code).toBe(0);
    const run = await ended(work);
    expect(run.status, run.reason).toBe('STOPPED');
    // AWS refuses the token at once, the sandbox within a moment: the run stays as it is in any case.
    await Promise.allSettled([send(work, { archiveUri: lost(work) })]);
    expect(await flows.registry.run(runId)).toMatchObject({ status: 'STOPPED', attempt: stopped });

    await flows.mlops('runs', 'resume', runId, '--no-follow');
    const again = await workOf(runId, last);
    await answer(again, await trainElsewhere(again));
    expect(await ended(again)).toMatchObject({ status: 'SUCCEEDED', version: 2 });
    const versions = await flows.registry.modelVersions('outside');
    expect(versions.map(({ version }) => version).sort()).toEqual([1, 2]);

    const first = versions.find(({ version }) => version === 1)!.runId!;
    const compared = await flows.mlops('runs', 'compare', first, runId);
    expect(compared.code, compared.stderr).toBe(0);
    expect(compared.json.rows).toContainEqual(expect.objectContaining({ a: '12', same: false }));
    // What the worker logged stays with the worker.
    expect(await flows.mlops('runs', 'logs', runId, '--step', 'Train')).toMatchObject({ code: 0, json: [] });
  });
});
