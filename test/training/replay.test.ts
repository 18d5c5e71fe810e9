import { mkdirSync, mkdtempSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from 'tar';
import { beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../core/digest';
import { NotFound } from '../../lambdas/shared/errors';
import { compareReplay } from '../../lambdas/training/compare-replay';
import { planRun } from '../../lambdas/training/plan-run';
import { sealModel } from '../../lambdas/training/seal-model';
import { filesOf } from '../../lambdas/training/tar-files';
import type { DatasetVersionRecord, RunRecord } from '../../lib/registry/contract';
import type { RunContext, RunPlan } from '../../lib/training/contract';
import { aRun, aSpec, BUCKET, FakeObjects, FakeRegistry, RUN_ID } from './fakes';

const REPLAY = 'credit-20260202030405-abcdef';
const IMAGE = `r/i@sha256:${'a'.repeat(64)}`;
const EXECUTION = aRun().executionArn!;

/** Objects that say NotFound as S3's client does. */
class Objects extends FakeObjects {
  override readAll = async (bucket: string, key: string): Promise<Buffer> => {
    const found = this.versions.get(`${bucket}/${key}`);
    if (!found) throw new NotFound('gone');
    return found.body;
  };
}

let objects: Objects;
let registry: FakeRegistry;
let original: RunRecord;
let data: DatasetVersionRecord;

const dependencies = (run: RunRecord) => {
  registry = new FakeRegistry(run);
  const getRun = async (runId: string) => (runId === original?.runId ? original : registry.run);
  return {
    registry: Object.assign(registry, {
      getRun,
      getDatasetVersion: async () => data,
      getAlias: async () => undefined,
      getVersion: async () => undefined,
    }),
    objects,
    trackRun: async () => ({ experiment: '', experimentId: '', runId: '' }),
    pinImage: async () => IMAGE,
    bucket: BUCKET,
    region: 'eu-west-1',
  };
};
const plan = (run: RunRecord, spec = aSpec()) =>
  planRun({ runId: run.runId, attempt: 1, executionArn: EXECUTION, spec }, dependencies(run));
const replayRun = () => aRun({ runId: REPLAY, request: { trigger: 'replay', replayOf: RUN_ID } });

beforeEach(async () => {
  objects = new Objects();
  objects.set('assets/source.gz', 'the source');
  objects.set('assets/split.py', 'the split');
  const versionId = objects.set(`${BUCKET}/data/loans/a.csv`, 'a,b');
  data = {
    dataset: 'loans',
    version: 3,
    contentDigest: 'digest',
    bucket: BUCKET,
    prefix: 'data/loans/',
    objects: [{ name: 'a.csv', key: 'data/loans/a.csv', versionId, size: 3, sha256: 'aa' }],
    totalBytes: 3,
    createdBy: { id: 'ada', kind: 'person' },
    createdAt: '2026-01-01T00:00:00.000Z',
  };
  original = aRun({ request: { trigger: 'command', parameters: { max_depth: '9' } } });
  await plan(original);
  original = { ...registry.run, status: 'SUCCEEDED', version: 1 };
});

describe('planning a replay', () => {
  it('takes everything from the record, and nothing from the stack of today', async () => {
    const before = (original.plan as RunPlan).context;
    objects.set('assets/source.gz', 'another source');
    const spec = aSpec({
      hyperparameters: { eta: '1' },
      servingEnvironment: { NEW: '1' },
      images: { processing: 'x', training: 'x', serving: 'x' },
    });
    const context = await plan(replayRun(), spec);
    const { data: rows, images, source, hyperparameters, servingEnvironment } = before;
    expect(context).toMatchObject({ data: rows, images, source, hyperparameters, servingEnvironment });
    expect(context).toMatchObject({ runId: REPLAY, replayOf: RUN_ID, resumeAt: 'ValidateData' });
    expect(context.hyperparameters).toMatchObject({ max_depth: '9', eta: '0.3' });
    expect(context.uris.train).toContain(REPLAY);
    expect(context.names.train).toContain(REPLAY);
    expect(context).not.toHaveProperty('champion');
    expect((registry.run.plan as RunPlan).split).toEqual((original.plan as RunPlan).split);
  });

  it('is refused with a list of all that is gone or other', async () => {
    const { source } = (original.plan as RunPlan).context;
    objects.versions.delete(source!.uri.replace('s3://', ''));
    objects.versions.delete(`${BUCKET}/data/loans/a.csv`);
    const job = { ...aSpec().jobs.processing, instanceType: 'ml.m5.4xlarge' };
    const jobs = { ...aSpec().jobs, training: job };
    const refused = plan(replayRun(), aSpec({ jobs }));
    await expect(refused).rejects.toMatchObject({ name: 'RunRejected' });
    for (const part of ['source', 'is gone', 'a.csv is gone', '1 × ml.m5.large', '1 × ml.m5.4xlarge']) {
      await expect(refused).rejects.toThrow(part);
    }
    expect(registry.step('PlanRun')).toMatchObject({ status: 'REJECTED' });
  });

  it('is refused where the training ran elsewhere, or its record has no plan', async () => {
    const context = { ...(original.plan as RunPlan).context, images: { processing: IMAGE, serving: IMAGE } };
    original = { ...original, plan: { ...(original.plan as RunPlan), context } };
    await expect(plan(replayRun())).rejects.toThrow('outside of SageMaker');
    original = { ...original, plan: undefined };
    await expect(plan(replayRun())).rejects.toThrow('no recorded plan');
  });
});

/** An archive whose files have times of their own. */
async function archive(files: Record<string, string>, time: number): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'replay-'));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), content);
    utimesSync(join(folder, path), time, time);
  }
  const chunks: Buffer[] = [];
  for await (const chunk of create({ gzip: true, cwd: folder }, ['.'])) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const streamed = (body: Buffer, size = 7) =>
  (async function* () {
    for (let at = 0; at < body.length; at += size) yield body.subarray(at, at + size);
  })();

describe('the files of an archive', () => {
  it('are known by name and content, not by time', async () => {
    const content = { 'model.json': 'x'.repeat(1300), 'code/a.py': '', 'b.bin': 'y'.repeat(512) };
    const [one, two] = await Promise.all([archive(content, 1_000), archive(content, 2_000)]);
    expect(sha256(one)).not.toBe(sha256(two));
    const files = await filesOf(streamed(one));
    expect(files).toMatchObject({
      'model.json': sha256('x'.repeat(1300)),
      'code/a.py': sha256(''),
      'b.bin': sha256('y'.repeat(512)),
    });
    expect(await filesOf(streamed(two, 4096))).toEqual(files);
    await expect(filesOf(streamed(Buffer.from('no archive')))).rejects.toThrow();
  });
});

describe('comparing a replay', () => {
  it('reads both runs, names what differs, and keeps the verdict as evidence', async () => {
    const left = async (runId: string, model: string) => {
      const body = await archive({ 'model.json': model }, runId === RUN_ID ? 1_000 : 2_000);
      const uri = `s3://${BUCKET}/models/sha256/${sha256(body)}/model.tar.gz`;
      objects.set(uri, body);
      objects.set(`${BUCKET}/runs/${runId}/1/train/train.csv`, 'rows');
      const evaluation = {
        ...{ uri: 'e', sha256: 'e', testDataDigest: 'h', metrics: { roc_auc: 0.9 } },
        predictions: { uri: 'p', sha256: 'p' },
      };
      return { archive: { uri, sha256: sha256(body), size: body.length }, evaluation };
    };
    const before = await left(RUN_ID, 'a');
    original = {
      ...original,
      steps: [
        { step: 'SealModel', status: 'SUCCEEDED', attempt: 1, output: { archive: before.archive } },
        { step: 'Evaluate', status: 'SUCCEEDED', attempt: 1, output: { evaluation: before.evaluation } },
      ],
    };
    const { uris } = await plan(replayRun());
    const compare = async (model: string) =>
      compareReplay(
        { runId: REPLAY, attempt: 1, model: 'credit', replayOf: RUN_ID, uris, ...(await left(REPLAY, model)) },
        {
          registry: dependencies(replayRun()).registry,
          read: objects.read,
          list: async (bucket, prefix) =>
            [...objects.versions.keys()]
              .filter((key) => key.startsWith(`${bucket}/${prefix}`))
              .map((key) => key.slice(bucket.length + 1)),
          putJson: objects.putJson,
          evidenceBucket: 'evidence',
        },
      );
    expect(await compare('a')).toMatchObject({ verdict: 'equal' });
    expect(registry.step('CompareReplay')).toMatchObject({
      status: 'SUCCEEDED',
      output: { replay: { verdict: 'equal' } },
    });
    expect([...objects.versions.keys()].some((key) => key.startsWith(`evidence/runs/credit/${REPLAY}/replay-`))).toBe(
      true,
    );
    const other = await compare('b');
    expect(other).toMatchObject({ verdict: 'equivalent', differences: [expect.stringContaining('model.json')] });
  });
});

describe('a model that was trained elsewhere', () => {
  const imported = (digest: string, key = `imports/credit/${digest}/model.tar.gz`) =>
    aRun({ request: { trigger: 'import', archive: { key, sha256: digest } } });

  it('comes with its archive, which is sealed as announced and counts as no training of ours', async () => {
    const body = await archive({ 'model.json': 'm' }, 1_000);
    const run = imported(sha256(body));
    original = run;
    objects.set(`${BUCKET}/${run.request.archive!.key}`, body);
    const context: RunContext = await plan(run);
    expect(context.trained).toEqual({ archiveUri: `s3://${BUCKET}/${run.request.archive!.key}` });
    const seal = (to: RunRecord) =>
      sealModel(
        { runId: to.runId, attempt: 1, trained: context.trained! },
        {
          ...{ registry: Object.assign(new FakeRegistry(to)), objects, bucket: BUCKET },
          ...{ putJson: objects.putJson, evidenceBucket: 'evidence' },
        },
      );
    expect((await seal(run)).uri).toContain(`models/sha256/${sha256(body)}/`);
    await expect(seal(imported('f'.repeat(64), run.request.archive!.key))).rejects.toThrow('as it was announced');
    await expect(seal(aRun())).rejects.toThrow('must write its archive below');
  });

  it('is refused from elsewhere, and where there is none', async () => {
    original = imported('f'.repeat(64), 'imports/other/x/model.tar.gz');
    await expect(plan(original)).rejects.toThrow('lies below imports/credit/');
    original = imported('f'.repeat(64));
    await expect(plan(original)).rejects.toThrow('There is no archive at');
  });
});
