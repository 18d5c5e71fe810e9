import { beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../core/digest';
import type { Tracking } from '../../lambdas/registry/store/tracking';
import { planRun } from '../../lambdas/training/plan-run';
import type { DatasetVersionRecord } from '../../lib/registry/contract';
import { aRun, aSpec, BUCKET, FakeObjects, FakeRegistry, RUN_ID } from './fakes';

const EXECUTION = aRun().executionArn!;
let registry: FakeRegistry;
let objects: FakeObjects;
let data: DatasetVersionRecord;
let champion: number | undefined;
let images: Record<string, string>;
let tracked: string[];

const dependencies = () => ({
  registry: Object.assign(registry, {
    getDatasetVersion: async (_: string, version: number | 'latest') =>
      version === 'latest' || version === data.version ? data : undefined,
    getAlias: async () => (champion ? ({ version: champion } as never) : undefined),
    getVersion: async (_: string, version: number) =>
      ({ version, archive: { uri: 's3://old' }, image: 'old@sha256:1', environment: { A: 'b' } }) as never,
  }),
  objects,
  trackRun: async ({ run, experiment }: Tracking) => {
    tracked.push(run.runId);
    return { experiment, experimentId: '7', runId: run.runId };
  },
  pinImage: async (uri: string) => images[uri] ?? `${uri}@pinned`,
  bucket: BUCKET,
  region: 'eu-west-1',
});
const plan = (spec = aSpec(), attempt = 1) =>
  planRun({ runId: RUN_ID, attempt, executionArn: EXECUTION, spec }, dependencies());

beforeEach(() => {
  registry = new FakeRegistry();
  objects = new FakeObjects();
  champion = undefined;
  images = {};
  tracked = [];
  objects.set('assets/source.gz', 'the source');
  objects.set('assets/split.py', 'the split');
  const versionId = objects.set(`${BUCKET}/data/loans/uploads/u1/a.csv`, 'a,b');
  data = {
    dataset: 'loans',
    version: 3,
    contentDigest: 'digest',
    bucket: BUCKET,
    prefix: 'data/loans/uploads/u1/',
    objects: [{ name: 'a.csv', key: 'data/loans/uploads/u1/a.csv', versionId, size: 3, sha256: 'aa' }],
    totalBytes: 3,
    createdBy: { id: 'ada', kind: 'person' },
    createdAt: '2026-01-01T00:00:00.000Z',
  };
});

describe('a run whose script logs to MLflow', () => {
  const spec = aSpec({ mlflow: { experiment: 'mlops/credit', artifactLocation: 's3://b/mlflow' } });

  it('has a run there, which its record names, and which a later attempt finds', async () => {
    const { mlflow } = await plan(spec);
    expect(mlflow).toEqual({ experiment: 'mlops/credit', experimentId: '7', runId: RUN_ID });
    expect(registry.run.plan).toMatchObject({ context: { mlflow } });
    registry.run = { ...registry.run, attempt: 2 };
    expect((await plan(spec, 2)).mlflow).toEqual(mlflow);
    expect(tracked).toEqual([RUN_ID, RUN_ID]);
  });

  it('has none where a model is imported: nothing logs', async () => {
    const key = `imports/credit/${sha256('x')}/model.tar.gz`;
    objects.set(`${BUCKET}/${key}`, 'x');
    registry.run = aRun({ request: { trigger: 'import', archive: { key, sha256: sha256('x') } } });
    expect((await plan(spec)).mlflow).toBeUndefined();
    expect(tracked).toEqual([]);
  });
});

describe('planning a run', () => {
  it('pins source, split script, images and data, and begins at the first step', async () => {
    const context = await plan();
    const digest = sha256('the source');
    expect(context).toMatchObject({
      resumeAt: 'ValidateData',
      images: { processing: 'p:1@pinned', training: 't:1@pinned', serving: 't:1@pinned' },
      source: { uri: `s3://${BUCKET}/code/sha256/${digest}/sourcedir.tar.gz`, sha256: digest, origin: 'stack' },
      data: { version: 3, prefixUri: `s3://${BUCKET}/data/loans/uploads/u1/` },
      uris: { source: `s3://${BUCKET}/code/sha256/${digest}/`, test: expect.stringContaining('/held-out/test/') },
    });
    expect(objects.at(context.source!.uri)?.toString()).toBe('the source');
    expect(objects.at(`${context.uris.split}split.py`)?.toString()).toBe('the split');
    expect(registry.run.plan).toMatchObject({ context: { runId: RUN_ID }, cost: { capUsd: 5 } });
    expect(registry.step('PlanRun')?.status).toBe('SUCCEEDED');
  });

  it('hands the split script its settings as a file', async () => {
    const context = await plan(aSpec({ preprocessingEntry: 'prepare.py' }));
    expect(JSON.parse(objects.at(`${context.uris.config}config.json`)!.toString())).toEqual({
      schema: { label: 'default', problem: 'binary' },
      testShare: 0.3,
      validationShare: 0.2,
      seed: 42,
      header: true,
      entry: 'prepare.py',
      files: context.data.objects.map(({ name, sha256 }) => ({ name, sha256 })),
    });
  });

  it('makes the key by which columns are hashed once, at random, and only where one is hashed', async () => {
    const KEY = `s3://${BUCKET}/keys/credit/hash.key`;
    const privacy = { columns: { email: 'hash', phone: 'drop' }, undeclared: 'refuse' } as const;
    await plan(aSpec({ privacy: { ...privacy, columns: { phone: 'drop' } } }));
    expect(objects.at(KEY)).toBeUndefined();
    registry.run = { ...registry.run, plan: undefined };
    const context = await plan(aSpec({ privacy }));
    expect(context.privacy).toEqual(privacy);
    const key = objects.at(KEY)!;
    expect(key).toHaveLength(32);
    expect(JSON.parse(objects.at(`${context.uris.config}config.json`)!.toString()).privacy).toEqual(privacy.columns);
    registry.run = { ...registry.run, plan: undefined };
    await plan(aSpec({ privacy }));
    expect(objects.at(KEY)).toEqual(key);
  });

  it('puts the parameters of the run over those of the pipeline, and adds what script mode needs', async () => {
    registry.run = aRun({ request: { trigger: 'command', parameters: { eta: '0.1' } } });
    expect((await plan()).hyperparameters).toMatchObject({
      max_depth: '6',
      eta: '0.1',
      sagemaker_program: 'train.py',
      sagemaker_submit_directory: '/opt/ml/input/data/code/sourcedir.tar.gz',
    });
  });

  it('rejects parameters that SageMaker keeps for itself, naming each', async () => {
    const parameters = { sagemaker_program: 'evil.py', sagemaker_other: 'x' };
    registry.run = aRun({ request: { trigger: 'command', parameters } });
    await expect(plan()).rejects.toMatchObject({
      name: 'RunRejected',
      message: expect.stringMatching(/'sagemaker_program' is reserved.*'sagemaker_other' is reserved/),
    });
  });

  it('rejects what may cost more than the cap, with the numbers, and records that', async () => {
    await expect(plan(aSpec({ maxCostUsd: 0.01 }))).rejects.toMatchObject({
      name: 'RunRejected',
      message: expect.stringMatching(/above the cap of \$0\.01: processing 1 × ml\.m5\.large/),
    });
    expect(registry.step('PlanRun')).toMatchObject({ status: 'REJECTED', reason: expect.stringContaining('cap') });
  });

  it('refuses an instance type without a price', async () => {
    const spec = aSpec();
    const jobs = { ...spec.jobs, transform: { ...spec.jobs.transform, instanceType: 'ml.made.up' } };
    await expect(plan({ ...spec, jobs })).rejects.toMatchObject({
      name: 'RunRejected',
      message: expect.stringContaining('ml.made.up'),
    });
  });

  it('fails when an object is gone or was overwritten, naming it', async () => {
    objects.set(`${BUCKET}/data/loans/uploads/u1/a.csv`, 'other');
    await expect(plan()).rejects.toMatchObject({
      name: 'RunFailed',
      message: expect.stringContaining(`s3://${BUCKET}/data/loans/uploads/u1/a.csv was overwritten`),
    });
    objects.versions.delete(`${BUCKET}/data/loans/uploads/u1/a.csv`);
    await expect(plan()).rejects.toMatchObject({ name: 'RunFailed', message: expect.stringContaining('is gone') });
  });

  it('fails when the dataset has no such version', async () => {
    registry.run = aRun({ request: { trigger: 'command', datasetVersion: 9 } });
    await expect(plan()).rejects.toMatchObject({ name: 'RunFailed', message: expect.stringContaining('no version 9') });
  });

  it('verifies the digest of a source that the command uploaded', async () => {
    const key = 'code/uploads/u2/sourcedir.tar.gz';
    objects.set(`${BUCKET}/${key}`, 'mine');
    registry.run = aRun({ request: { trigger: 'command', source: { key, sha256: sha256('mine'), dirty: true } } });
    expect((await plan()).source).toMatchObject({ origin: 'command', sha256: sha256('mine'), dirty: true });
    registry = new FakeRegistry(aRun({ request: { trigger: 'command', source: { key, sha256: sha256('else') } } }));
    await expect(plan()).rejects.toMatchObject({ name: 'RunFailed', message: expect.stringContaining(sha256('mine')) });
  });

  it('takes no source of the command in production', async () => {
    const source = { key: 'code/x', sha256: 'x' };
    registry.run = aRun({ request: { trigger: 'command', source } });
    await expect(plan(aSpec({ stage: 'prod' }))).rejects.toMatchObject({ name: 'RunRejected' });
  });

  it('stops before anything begins when somebody asked for it', async () => {
    registry.run = aRun({ stopRequestedBy: { id: 'ada', kind: 'person' } });
    await expect(plan()).rejects.toMatchObject({ name: 'RunStopped', message: expect.stringContaining('ada') });
  });

  it('names the champion to beat', async () => {
    champion = 4;
    expect((await plan()).champion).toEqual({
      version: 4,
      archiveUri: 's3://old',
      image: 'old@sha256:1',
      environment: { A: 'b' },
    });
  });

  it('answers the same when the state is tried again after its effect', async () => {
    const first = await plan();
    expect(await plan()).toEqual(first);
  });
});

describe('planning a later attempt', () => {
  it('goes on at the first step without a success, on the same data, code and images', async () => {
    const first = await plan();
    const trained = { archiveUri: 's3://artifacts/model.tar.gz' };
    registry.run = aRun({
      attempt: 2,
      plan: registry.run.plan,
      steps: [
        { step: 'PlanRun', status: 'SUCCEEDED', attempt: 1 },
        { step: 'ValidateData', status: 'SUCCEEDED', attempt: 1, output: { validation: { passed: true } } },
        { step: 'Preprocess', status: 'SUCCEEDED', attempt: 1, output: { uris: { train: first.uris.train } } },
        { step: 'Train', status: 'SUCCEEDED', attempt: 1, output: { trained } },
        { step: 'SealModel', status: 'FAILED', attempt: 1 },
      ],
    });
    images = { 't:1': 't:1@moved' };
    objects.set('assets/source.gz', 'deployed since');
    data = { ...data, version: 4 };
    const second = await plan(aSpec(), 2);
    expect(second).toMatchObject({
      attempt: 2,
      resumeAt: 'SealModel',
      trained,
      validation: { passed: true },
      images: first.images,
      source: first.source,
      data: { version: 3 },
    });
    expect(second.uris.train).toBe(first.uris.train);
    expect(second.uris.transform).not.toBe(first.uris.transform);
    expect(second.names.train).not.toBe(first.names.train);
  });

  it('compares with no champion when the plan has none', async () => {
    await plan();
    const done = ['ValidateData', 'Preprocess', 'Train', 'SealModel', 'Transform'];
    const steps = done.map((step) => ({ step, status: 'SUCCEEDED' as const, attempt: 1 }));
    registry.run = aRun({ attempt: 2, plan: registry.run.plan, steps });
    champion = 1;
    expect((await plan(aSpec(), 2)).resumeAt).toBe('Evaluate');
  });
});
