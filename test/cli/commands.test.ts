import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { run, upload, useFakeSession } from './fake-session';
import { mlops } from './run-command';

const session = useFakeSession();

describe('mlops data push', () => {
  const push = (...args: string[]) =>
    mlops(['data', 'push', 'diagnosis', 'rows.csv', ...args], { cwd: session.folder });

  beforeEach(() => {
    writeFileSync(join(session.folder, 'rows.csv'), 'a,b\n1,2\n');
    session.aws.api('POST /datasets/diagnosis/uploads', { body: { ...upload, status: 'OPEN' } });
    session.aws.api('POST /datasets/diagnosis/uploads/u1/complete', { body: { ...upload, status: 'COMPLETED' } });
  });

  it('puts each file once, with its digest, and prints the version that it became', async () => {
    session.aws.api('GET /datasets/diagnosis/uploads/u1', { body: { ...upload, status: 'READY', version: 4 } });
    const result = await push('-m', 'first');
    expect(result).toMatchObject({ code: 0, stdout: 'diagnosis version 4: 1 file, 8 B\n' });
    expect(session.aws.objects.get('/artefacts/data/diagnosis/uploads/u1/rows.csv')).toContain('1,2');
    expect(session.aws.callsOf('POST /datasets/diagnosis/uploads')[0]!.json).toEqual({ message: 'first' });
    const [complete] = session.aws.callsOf('POST /datasets/diagnosis/uploads/u1/complete');
    expect(complete!.json).toEqual({
      files: [{ name: 'rows.csv', size: 8, sha256: createHash('sha256').update('a,b\n1,2\n').digest('hex') }],
    });
  });

  it('says that nothing changed where the content is a version already', async () => {
    session.aws.api('GET /datasets/diagnosis/uploads/u1', {
      body: { ...upload, status: 'READY', version: 4, deduplicated: true },
    });
    expect((await push()).stdout).toBe('unchanged: version 4 has the same content\n');
  });

  it('waits while the version is being made', async () => {
    const states = ['COMPLETED', 'COMPLETED', 'READY'];
    session.aws.api('GET /datasets/diagnosis/uploads/u1', () => ({
      body: { ...upload, status: states.shift(), version: 1 },
    }));
    expect((await push('--json')).json()).toMatchObject({ dataset: 'diagnosis', version: 1, deduplicated: false });
  });

  it('exits 3 with the reason where the upload is rejected', async () => {
    const reason = 'rows.csv, line 2: 3 fields, the header has 2';
    session.aws.api('GET /datasets/diagnosis/uploads/u1', { body: { ...upload, status: 'REJECTED', reason } });
    const result = await push('--json');
    expect(result.code).toBe(3);
    expect(result.json().error).toMatchObject({ code: 3, message: `The upload was rejected: ${reason}` });
  });

  it('exits 5 where no version comes in time', async () => {
    session.aws.api('GET /datasets/diagnosis/uploads/u1', { body: { ...upload, status: 'COMPLETED' } });
    const result = await push('--timeout', '0.01');
    expect(result).toMatchObject({ code: 5 });
    expect(result.stderr).toContain('mlops data ls diagnosis');
  });

  it('exits 9 and overwrites nothing where other bytes are at the key', async () => {
    session.aws.objects.set('/artefacts/data/diagnosis/uploads/u1/rows.csv', 'something else');
    expect(await push()).toMatchObject({ code: 9 });
    expect(session.aws.objects.get('/artefacts/data/diagnosis/uploads/u1/rows.csv')).toBe('something else');
  });

  it.each([
    [['missing.csv'], 'missing.csv does not exist.'],
    [['rows.csv', 'rows.csv'], "Two files would both be 'rows.csv'"],
    [['empty.csv'], 'is empty (0 bytes)'],
  ])('refuses %j before anything is sent', async (files, message) => {
    writeFileSync(join(session.folder, 'empty.csv'), '');
    const result = await mlops(['data', 'push', 'diagnosis', ...files], { cwd: session.folder });
    expect(result.code).toBe(2);
    expect(result.stderr).toContain(message);
    expect(session.aws.calls).toEqual([]);
  });
});

describe('mlops runs', () => {
  it('lists every page, newest first', async () => {
    session.aws.api('GET /models/diagnosis/runs', ({ query }) =>
      query.next
        ? { body: { items: [{ ...run, runId: 'diagnosis-0', requestedAt: '2025-01-01T00:00:00.000Z' }] } }
        : { body: { items: [run], next: 'a b+c/=' } },
    );
    const result = await mlops(['runs', 'ls', 'diagnosis', '--json']);
    expect(result.json().map(({ runId }: { runId: string }) => runId)).toEqual(['diagnosis-1', 'diagnosis-0']);
    expect(session.aws.callsOf('GET /models/diagnosis/runs')[1]!.query).toEqual({ next: 'a b+c/=' });
  });

  it('shows each step with its time and cost', async () => {
    session.aws.api('GET /runs/diagnosis-1', { body: run });
    const { stdout, code } = await mlops(['runs', 'show', 'diagnosis-1']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^model +diagnosis version 3$/m);
    expect(stdout).toMatch(/^Train +SUCCEEDED +2026-01-01 00:00:02 +45s +\$0\.0031$/m);
  });

  it('shows the state that the execution is in before the registry knows it', async () => {
    session.aws.api('GET /runs/diagnosis-1', {
      body: { ...run, status: 'RUNNING', executionArn: 'arn:execution', endedAt: undefined },
    });
    const entered = (name: string, id: number) => ({
      id,
      timestamp: 1767225600 + id,
      stateEnteredEventDetails: { name },
    });
    session.aws.target('AWSStepFunctions.GetExecutionHistory', {
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
    session.aws.api('GET /runs/diagnosis-1', () => ({ body: { ...run, status: states.shift() ?? status } }));
    const result = await mlops(['runs', 'show', 'diagnosis-1', '--follow', '--json']);
    expect(result.code).toBe(code);
    expect(result.json().status).toBe(status);
    expect(result.stderr.match(/✓ Train/g)).toHaveLength(1);
  });

  it('reads the logs of the jobs that the run records', async () => {
    session.aws.api('GET /runs/diagnosis-1', { body: run });
    session.aws.target('Logs_20140328.FilterLogEvents', ({ json }) => ({
      body: { events: [{ timestamp: 1, message: `${json.logGroupName} ${json.logStreamNamePrefix}` }] },
    }));
    const { stdout } = await mlops(['runs', 'logs', 'diagnosis-1', '--step', 'train']);
    expect(stdout).toBe('/aws/sagemaker/TrainingJobs diagnosis-1-train-1/\n');
    expect(await mlops(['runs', 'logs', 'diagnosis-1', '--step', 'Evaluate'])).toMatchObject({ code: 4 });
  });

  it('reads the log of the job that runs now by the name that was planned', async () => {
    const plan = { context: { names: { train: 'diagnosis-1-train-2' } } };
    session.aws.api('GET /runs/diagnosis-1', { body: { ...run, status: 'RUNNING', steps: [], plan } });
    session.aws.target('Logs_20140328.FilterLogEvents', ({ json }) => ({
      body: { events: [{ timestamp: 1, message: String(json.logStreamNamePrefix) }] },
    }));
    expect((await mlops(['runs', 'logs', 'diagnosis-1'])).stdout).toBe('diagnosis-1-train-2/\n');
  });

  it('compares two runs by what differs', async () => {
    session.aws.api('GET /runs/diagnosis-1', { body: run });
    session.aws.api('GET /runs/diagnosis-2', {
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
    session.aws.api('GET /runs/nope', { status: 404, body: { code: 'NotFound', message: "There is no run 'nope'." } });
    expect(await mlops(['runs', 'show', 'nope'])).toMatchObject({
      code: 4,
      stderr: expect.stringContaining("error: There is no run 'nope'."),
    });
  });
});

describe('mlops train', () => {
  it('uploads the source by its digest, once, and asks for a run with it', async () => {
    writeFileSync(join(session.folder, 'train.py'), 'print(1)\n');
    session.aws.api('POST /models/diagnosis/runs', { body: { ...run, status: 'REQUESTED' } });
    const args = [
      'train',
      'diagnosis',
      '--source',
      session.folder,
      '--param',
      'eta=0.1',
      '--param',
      'note=a=b',
      '--no-follow',
    ];
    const first = await mlops(args);
    expect(first.code).toBe(0);
    const second = await mlops([...args, '--data-version', '2', '--reason', 'again']);
    expect(second.stderr).toContain('there already');
    const [asked, again] = session.aws.callsOf('POST /models/diagnosis/runs');
    const { key, sha256 } = asked!.json.source as { key: string; sha256: string };
    expect(key).toBe(`code/sha256/${sha256}/sourcedir.tar.gz`);
    expect([...session.aws.objects.keys()]).toEqual([`/artefacts/${key}`]);
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
