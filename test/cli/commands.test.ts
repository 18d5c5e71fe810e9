import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeAws } from './fake-aws';
import { mlops } from './run-command';

let aws: FakeAws;
let folder: string;

beforeEach(async () => {
  aws = new FakeAws();
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_ENDPOINT_URL', await aws.start());
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  vi.stubEnv('MLOPS_PLATFORM', undefined);
  folder = mkdtempSync(join(tmpdir(), 'mlops-cli-'));
});

afterEach(async () => {
  await aws.stop();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

const actor = { id: 'arn:aws:iam::000000000000:user/ada', kind: 'person' };
const upload = { dataset: 'diagnosis', uploadId: 'u1', bucket: 'artefacts', prefix: 'data/diagnosis/uploads/u1/' };
const run = {
  runId: 'diagnosis-1',
  model: 'diagnosis',
  status: 'SUCCEEDED',
  attempt: 1,
  request: { datasetVersion: 1, trigger: 'command' },
  requestedBy: actor,
  requestedAt: '2026-01-01T00:00:00.000Z',
  startedAt: '2026-01-01T00:00:01.000Z',
  endedAt: '2026-01-01T00:01:13.000Z',
  steps: [
    {
      step: 'Train',
      status: 'SUCCEEDED',
      attempt: 1,
      startedAt: '2026-01-01T00:00:02.000Z',
      endedAt: '2026-01-01T00:00:47.000Z',
      costUsd: 0.0031,
      jobArn: 'arn:aws:sagemaker:us-east-1:000000000000:training-job/diagnosis-1-train-1',
    },
  ],
  metrics: { roc_auc: 0.99664 },
  costUsd: 0.0123,
  version: 3,
};

describe('mlops data push', () => {
  const push = (...args: string[]) => mlops(['data', 'push', 'diagnosis', 'rows.csv', ...args], { cwd: folder });

  beforeEach(() => {
    writeFileSync(join(folder, 'rows.csv'), 'a,b\n1,2\n');
    aws.api('POST /datasets/diagnosis/uploads', { body: { ...upload, status: 'OPEN' } });
    aws.api('POST /datasets/diagnosis/uploads/u1/complete', { body: { ...upload, status: 'COMPLETED' } });
  });

  it('puts each file once, with its digest, and prints the version that it became', async () => {
    aws.api('GET /datasets/diagnosis/uploads/u1', { body: { ...upload, status: 'READY', version: 4 } });
    const result = await push('-m', 'first');
    expect(result).toMatchObject({ code: 0, stdout: 'diagnosis version 4: 1 file, 8 B\n' });
    expect(aws.objects.get('/artefacts/data/diagnosis/uploads/u1/rows.csv')).toContain('1,2');
    expect(aws.callsOf('POST /datasets/diagnosis/uploads')[0]!.json).toEqual({ message: 'first' });
    const [complete] = aws.callsOf('POST /datasets/diagnosis/uploads/u1/complete');
    expect(complete!.json).toEqual({
      files: [{ name: 'rows.csv', size: 8, sha256: createHash('sha256').update('a,b\n1,2\n').digest('hex') }],
    });
  });

  it('says that nothing changed where the content is a version already', async () => {
    aws.api('GET /datasets/diagnosis/uploads/u1', {
      body: { ...upload, status: 'READY', version: 4, deduplicated: true },
    });
    expect((await push()).stdout).toBe('unchanged: version 4 has the same content\n');
  });

  it('waits while the version is being made', async () => {
    const states = ['COMPLETED', 'COMPLETED', 'READY'];
    aws.api('GET /datasets/diagnosis/uploads/u1', () => ({ body: { ...upload, status: states.shift(), version: 1 } }));
    expect((await push('--json')).json()).toMatchObject({ dataset: 'diagnosis', version: 1, deduplicated: false });
  });

  it('exits 3 with the reason where the upload is rejected', async () => {
    const reason = 'rows.csv, line 2: 3 fields, the header has 2';
    aws.api('GET /datasets/diagnosis/uploads/u1', { body: { ...upload, status: 'REJECTED', reason } });
    const result = await push('--json');
    expect(result.code).toBe(3);
    expect(result.json().error).toMatchObject({ code: 3, message: `The upload was rejected: ${reason}` });
  });

  it('exits 5 where no version comes in time', async () => {
    aws.api('GET /datasets/diagnosis/uploads/u1', { body: { ...upload, status: 'COMPLETED' } });
    const result = await push('--timeout', '0.01');
    expect(result).toMatchObject({ code: 5 });
    expect(result.stderr).toContain('mlops data ls diagnosis');
  });

  it('exits 9 and overwrites nothing where other bytes are at the key', async () => {
    aws.objects.set('/artefacts/data/diagnosis/uploads/u1/rows.csv', 'something else');
    expect(await push()).toMatchObject({ code: 9 });
    expect(aws.objects.get('/artefacts/data/diagnosis/uploads/u1/rows.csv')).toBe('something else');
  });

  it.each([
    [['missing.csv'], 'missing.csv does not exist.'],
    [['rows.csv', 'rows.csv'], "Two files would both be 'rows.csv'"],
    [['empty.csv'], 'is empty (0 bytes)'],
  ])('refuses %j before anything is sent', async (files, message) => {
    writeFileSync(join(folder, 'empty.csv'), '');
    const result = await mlops(['data', 'push', 'diagnosis', ...files], { cwd: folder });
    expect(result.code).toBe(2);
    expect(result.stderr).toContain(message);
    expect(aws.calls).toEqual([]);
  });
});

describe('mlops runs', () => {
  it('lists every page, newest first', async () => {
    aws.api('GET /models/diagnosis/runs', ({ query }) =>
      query.next
        ? { body: { items: [{ ...run, runId: 'diagnosis-0', requestedAt: '2025-01-01T00:00:00.000Z' }] } }
        : { body: { items: [run], next: 'a b+c/=' } },
    );
    const result = await mlops(['runs', 'ls', 'diagnosis', '--json']);
    expect(result.json().map(({ runId }: { runId: string }) => runId)).toEqual(['diagnosis-1', 'diagnosis-0']);
    expect(aws.callsOf('GET /models/diagnosis/runs')[1]!.query).toEqual({ next: 'a b+c/=' });
  });

  it('shows each step with its time and cost', async () => {
    aws.api('GET /runs/diagnosis-1', { body: run });
    const { stdout, code } = await mlops(['runs', 'show', 'diagnosis-1']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^model +diagnosis version 3$/m);
    expect(stdout).toMatch(/^Train +SUCCEEDED +2026-01-01 00:00:02 +45s +\$0\.0031$/m);
  });

  it('shows the state that the execution is in before the registry knows it', async () => {
    aws.api('GET /runs/diagnosis-1', {
      body: { ...run, status: 'RUNNING', executionArn: 'arn:execution', endedAt: undefined },
    });
    const entered = (name: string, id: number) => ({
      id,
      timestamp: 1767225600 + id,
      stateEnteredEventDetails: { name },
    });
    aws.target('AWSStepFunctions.GetExecutionHistory', {
      body: {
        events: [entered('PlanRun', 1), entered('Train', 3), entered('RecordTrain', 9), entered('SealModel', 10)],
      },
    });
    const { steps } = (await mlops(['runs', 'show', 'diagnosis-1', '--json'])).json();
    expect(steps.map(({ step, status }: { step: string; status: string }) => `${step} ${status}`)).toEqual([
      'PlanRun SUCCEEDED',
      'Train SUCCEEDED',
      'SealModel RUNNING',
    ]);
  });

  it.each([
    ['SUCCEEDED', 0],
    ['FAILED', 1],
    ['REJECTED', 3],
    ['STOPPED', 6],
  ])('follows a run to %s and exits %i', async (status, code) => {
    const states = ['REQUESTED', 'RUNNING', status];
    aws.api('GET /runs/diagnosis-1', () => ({ body: { ...run, status: states.shift() ?? status } }));
    const result = await mlops(['runs', 'show', 'diagnosis-1', '--follow', '--json']);
    expect(result.code).toBe(code);
    expect(result.json().status).toBe(status);
    expect(result.stderr.match(/✓ Train/g)).toHaveLength(1);
  });

  it('reads the logs of the jobs that the run records', async () => {
    aws.api('GET /runs/diagnosis-1', { body: run });
    aws.target('Logs_20140328.FilterLogEvents', ({ json }) => ({
      body: { events: [{ timestamp: 1, message: `${json.logGroupName} ${json.logStreamNamePrefix}` }] },
    }));
    const { stdout } = await mlops(['runs', 'logs', 'diagnosis-1', '--step', 'train']);
    expect(stdout).toBe('/aws/sagemaker/TrainingJobs diagnosis-1-train-1/\n');
    expect(await mlops(['runs', 'logs', 'diagnosis-1', '--step', 'Evaluate'])).toMatchObject({ code: 4 });
  });

  it('reads the log of the job that runs now by the name that was planned', async () => {
    const plan = { context: { names: { train: 'diagnosis-1-train-2' } } };
    aws.api('GET /runs/diagnosis-1', { body: { ...run, status: 'RUNNING', steps: [], plan } });
    aws.target('Logs_20140328.FilterLogEvents', ({ json }) => ({
      body: { events: [{ timestamp: 1, message: String(json.logStreamNamePrefix) }] },
    }));
    expect((await mlops(['runs', 'logs', 'diagnosis-1'])).stdout).toBe('diagnosis-1-train-2/\n');
  });

  it('compares two runs by what differs', async () => {
    aws.api('GET /runs/diagnosis-1', { body: run });
    aws.api('GET /runs/diagnosis-2', {
      body: {
        ...run,
        runId: 'diagnosis-2',
        request: { ...run.request, parameters: { eta: '0.3' } },
        metrics: { roc_auc: 0.9 },
      },
    });
    const { stdout } = await mlops(['runs', 'compare', 'diagnosis-1', 'diagnosis-2']);
    expect(stdout).toMatch(/^param eta +- +0\.3$/m);
    expect(stdout).toMatch(/^roc_auc +0\.997 +0\.900? +-0\.0966$/m);
    expect(stdout).not.toContain('data version');
  });

  it('exits 4 with the registry sentence where there is no such run', async () => {
    aws.api('GET /runs/nope', { status: 404, body: { code: 'NotFound', message: "There is no run 'nope'." } });
    expect(await mlops(['runs', 'show', 'nope'])).toMatchObject({
      code: 4,
      stderr: expect.stringContaining("error: There is no run 'nope'."),
    });
  });
});

describe('mlops train', () => {
  it('uploads the source by its digest, once, and asks for a run with it', async () => {
    writeFileSync(join(folder, 'train.py'), 'print(1)\n');
    aws.api('POST /models/diagnosis/runs', { body: { ...run, status: 'REQUESTED' } });
    const args = ['train', 'diagnosis', '--source', folder, '--param', 'eta=0.1', '--param', 'note=a=b', '--no-follow'];
    const first = await mlops(args);
    expect(first.code).toBe(0);
    const second = await mlops([...args, '--data-version', '2', '--reason', 'again']);
    expect(second.stderr).toContain('there already');
    const [asked, again] = aws.callsOf('POST /models/diagnosis/runs');
    const { key, sha256 } = asked!.json.source as { key: string; sha256: string };
    expect(key).toBe(`code/sha256/${sha256}/sourcedir.tar.gz`);
    expect([...aws.objects.keys()]).toEqual([`/artefacts/${key}`]);
    expect(asked!.json.parameters).toEqual({ eta: '0.1', note: 'a=b' });
    expect(again!.json).toMatchObject({ datasetVersion: 2, reason: 'again', source: { sha256 } });
    expect(asked!.headers['idempotency-key']).not.toBe(again!.headers['idempotency-key']);
  });

  it('exits 4 and names the models that there are', async () => {
    const result = await mlops(['train', 'churn']);
    expect(result.code).toBe(4);
    expect(result.stderr).toContain("The platform 'mlops-dev' has no model 'churn'. It has: diagnosis.");
  });

  it.each([
    [['--param', 'eta'], 'It must look like name=value.'],
    [['--param', 'a=1', '--param', 'a=2'], "'a' is given twice."],
    [['--data-version', '0'], 'It must be a whole number, 1 or more.'],
  ])('refuses %j', async (flags, message) => {
    const result = await mlops(['train', 'diagnosis', ...flags]);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain(message);
  });
});

describe('mlops models', () => {
  const waiting = {
    releaseId: 'r1',
    model: 'diagnosis',
    version: 3,
    status: 'WAITING_FOR_APPROVAL',
    requestedBy: actor,
    steps: [],
  };

  it('approves the very manifest that the waiting release shows', async () => {
    aws.api('GET /models/diagnosis/releases', { body: { items: [{ ...waiting, manifestDigest: 'd1' }] } });
    aws.api('POST /releases/r1/approval', { body: { ...waiting, status: 'RUNNING' } });
    const result = await mlops(['models', 'approve', 'diagnosis', '3', '--comment', 'looks good']);
    expect(result).toMatchObject({ code: 0, stdout: 'diagnosis version 3: approved (release r1)\n' });
    expect(aws.callsOf('POST /releases/r1/approval')[0]!.json).toEqual({
      decision: 'APPROVED',
      manifestDigest: 'd1',
      comment: 'looks good',
    });
  });

  it('exits 9 where the release does not wait, and 4 where there is none', async () => {
    aws.api('GET /models/diagnosis/releases', { body: { items: [{ ...waiting, status: 'SUCCEEDED' }] } });
    const result = await mlops(['models', 'approve', 'diagnosis', '3']);
    expect(result).toMatchObject({ code: 9, stderr: expect.stringContaining('r1 is SUCCEEDED') });
    expect(await mlops(['models', 'approve', 'diagnosis', '4'])).toMatchObject({ code: 4 });
  });

  it('rejects a version that no release asks for', async () => {
    aws.api('GET /models/diagnosis/releases', { body: { items: [] } });
    aws.api('POST /models/diagnosis/versions/3/reject', {
      body: { model: 'diagnosis', version: 3, status: 'REJECTED' },
    });
    const result = await mlops(['models', 'reject', 'diagnosis', '3', '--comment', 'leaks the label']);
    expect(result).toMatchObject({ code: 0, stdout: 'diagnosis version 3: rejected\n' });
    expect(aws.callsOf('POST /models/diagnosis/versions/3/reject')[0]!.json).toEqual({ comment: 'leaks the label' });
  });

  it('resolves an alias, and names the aliases there are', async () => {
    const alias = {
      model: 'diagnosis',
      alias: 'champion',
      version: 3,
      changedBy: actor,
      changedAt: '2026-01-01T00:00:00Z',
    };
    aws.api('GET /models/diagnosis/aliases', { body: { items: [alias] } });
    aws.api('GET /models/diagnosis/releases', { body: { items: [] } });
    aws.api('GET /models/diagnosis/versions/3', {
      body: {
        model: 'diagnosis',
        version: 3,
        status: 'CHAMPION',
        archive: { uri: 's3://artefacts/models/x', sha256: 'ab'.repeat(32), size: 1 },
        image: 'image@sha256:0',
        metrics: { roc_auc: 0.99664 },
        evidence: [],
        createdBy: actor,
        createdAt: '2026-01-01T00:00:00Z',
      },
    });
    expect((await mlops(['models', 'show', 'diagnosis@champion'])).stdout).toContain('roc_auc 0.997');
    expect(await mlops(['models', 'show', 'diagnosis@best'])).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('Its aliases: champion.'),
    });
  });
});

describe('mlops invoke', () => {
  const path = 'POST /endpoints/mlops-dev-diagnosis/invocations';

  it("sends standard input with the model's content type, and writes the answer", async () => {
    aws.target(path, ({ headers, body }) => ({ body: `${headers['content-type']} ${body}` }));
    const stdin = (async function* () {
      yield Buffer.from('1,2');
    })();
    expect(await mlops(['invoke', 'diagnosis', '-'], { stdin })).toMatchObject({ code: 0, stdout: 'text/csv 1,2\n' });
  });

  it('tells an endpoint that does not live yet from a model that refuses', async () => {
    const file = join(folder, 'row.csv');
    writeFileSync(file, '1,2\n');
    aws.target(path, {
      status: 400,
      headers: { 'x-amzn-errortype': 'ValidationError' },
      body: { message: 'Endpoint not found' },
    });
    expect(await mlops(['invoke', 'diagnosis', file])).toMatchObject({ code: 4 });
    aws.target(path, {
      status: 424,
      headers: { 'x-amzn-errortype': 'ModelError' },
      body: { OriginalStatusCode: 400, OriginalMessage: 'Row 1 has 2 values' },
    });
    const result = await mlops(['invoke', 'diagnosis', file]);
    expect(result).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('The model answered 400: Row 1 has 2 values'),
    });
  });
});

describe('finding the platform', () => {
  it('asks which where there are several, and takes the one that is named', async () => {
    aws.parameters.set('/cdk-mlops/other/platform', {
      ...(aws.parameters.get('/cdk-mlops/mlops-dev/platform') as object),
      platform: 'other',
    });
    aws.api('GET /models', { body: { items: [] } });
    const result = await mlops(['models', 'ls']);
    expect(result).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('There are several platforms: mlops-dev, other.'),
    });
    expect(await mlops(['models', 'ls', '--platform', 'other'])).toMatchObject({ code: 0 });
    expect(await mlops(['models', 'ls', '--platform', 'nope'])).toMatchObject({ code: 4 });
  });

  it('says how to deploy where there is none', async () => {
    aws.parameters.clear();
    expect(await mlops(['models', 'ls'])).toMatchObject({ code: 4, stderr: expect.stringContaining('mlops deploy') });
  });
});

describe('errors of services', () => {
  it.each([
    [{ __type: 'ExpiredTokenException', message: 'expired' }, 7, 'The AWS credentials have expired.'],
    [
      {
        __type: 'AccessDeniedException',
        message:
          'User: x is not authorized to perform: ssm:GetParametersByPath on resource: arn:aws:ssm:y because no policy',
      },
      7,
      'your identity may not do ssm:GetParametersByPath on arn:aws:ssm:y',
    ],
  ])('explains %j', async (body, code, message) => {
    aws.target('AmazonSSM.GetParametersByPath', { status: 400, body });
    const result = await mlops(['models', 'ls']);
    expect(result.code).toBe(code);
    expect(result.stderr).toContain(message);
    expect(result.stderr).not.toMatch(/^\s+at /m);
  });

  it('repeats what can be repeated after a transient answer', async () => {
    let answers = 0;
    aws.api('GET /models', () => (++answers < 3 ? { status: 503, body: {} } : { body: { items: [] } }));
    expect(await mlops(['models', 'ls', '--json'])).toMatchObject({ code: 0 });
    expect(answers).toBe(3);
  });

  it('exits 8 and says how to start the sandbox where nothing answers', async () => {
    await aws.stop();
    const result = await mlops(['models', 'ls', '--json']);
    expect(result.code).toBe(8);
    expect(result.json().error.hint).toContain('mlops sandbox start');
  });
});
