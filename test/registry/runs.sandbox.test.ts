import { beforeEach, describe, expect, inject, it } from 'vitest';
import type { RegistryStore } from '../../lambdas/registry/store';
import { ADA, BOB, Clock, changesOf, DIGEST, MODEL, newRegistry } from './table';

const COMMAND = { trigger: 'command' } as const;
const EXECUTION = 'arn:aws:states:eu-west-1:000000000000:execution:m:x-1';
let store: RegistryStore;
const clock = new Clock();

beforeEach(async () => {
  store = (await newRegistry(inject('sandbox'))).open(clock.now);
  await store.registerModel(MODEL, ADA);
});

const requested = async () => (await store.requestRun({ model: 'credit', request: COMMAND }, ADA)).runId;

describe('runs', () => {
  it('are one for one idempotency key, also when asked for at once', async () => {
    const ask = () => store.requestRun({ model: 'credit', request: COMMAND, idempotencyKey: 'event-1' }, ADA);
    const runs = await Promise.all([ask(), ask(), ask()]);
    expect(new Set(runs.map(({ runId }) => runId)).size).toBe(1);
    expect((await ask()).runId).toBe(runs[0]!.runId);
    expect((await changesOf(store)).filter(({ type }) => type === 'Run Requested')).toHaveLength(1);
  });

  it('are refused for a model or dataset version that does not exist', async () => {
    await expect(store.requestRun({ model: 'none', request: COMMAND }, ADA)).rejects.toThrow("no model 'none'");
    const request = { ...COMMAND, datasetVersion: 4 };
    await expect(store.requestRun({ model: 'credit', request }, ADA)).rejects.toThrow("'loans' has no version 4");
    expect((await store.listRuns('credit')).items).toEqual([]);
  });

  it('start for one execution', async () => {
    const runId = await requested();
    const started = await store.startRun(runId, 1, EXECUTION, ADA);
    expect(started).toMatchObject({ status: 'RUNNING', executionArn: EXECUTION });
    expect(await store.startRun(runId, 1, EXECUTION, ADA)).toEqual(started);
    await expect(store.startRun(runId, 1, `${EXECUTION}-other`, ADA)).rejects.toThrow('belongs to the execution');
  });

  it('keep their plan and steps, gathered in order', async () => {
    const runId = await requested();
    await store.setPlan(
      runId,
      1,
      { epsilon: 1e-300 },
      { dataset: { name: 'loans', version: 2 }, sourceSha256: DIGEST },
    );
    await store.setPlan(runId, 1, { epsilon: 1e-300 });
    await store.recordStep(runId, { step: 'Train', attempt: 1, status: 'RUNNING', startedAt: '2026-01-01T00:02:00Z' });
    await store.recordStep(runId, {
      step: 'Split',
      attempt: 1,
      status: 'SUCCEEDED',
      startedAt: '2026-01-01T00:01:00Z',
    });
    const run = await store.getRun(runId);
    expect(run?.plan).toEqual({ epsilon: 1e-300 });
    expect(run?.steps.map(({ step }) => step)).toEqual(['Split', 'Train']);
    expect((await store.listRunsOfDatasetVersion('loans', 2)).items.map((found) => found.runId)).toEqual([runId]);
    await expect(store.recordStep('none', { step: 'Train', attempt: 1, status: 'RUNNING' })).rejects.toThrow(
      "run 'none'",
    );
  });

  it('keep a recorded success of a step, whatever arrives late', async () => {
    const runId = await requested();
    const step = { step: 'Train', attempt: 1 } as const;
    await store.recordStep(runId, { ...step, status: 'FAILED', reason: 'throttled' });
    await store.recordStep(runId, { ...step, status: 'RUNNING' });
    expect((await store.getRun(runId))?.steps[0]).toMatchObject({ status: 'FAILED' });
    await store.recordStep(runId, { ...step, status: 'SUCCEEDED', output: { uri: 's3://a/b' } });
    await store.recordStep(runId, { ...step, status: 'FAILED', reason: 'late' });
    expect((await store.getRun(runId))?.steps).toEqual([{ ...step, status: 'SUCCEEDED', output: { uri: 's3://a/b' } }]);
  });

  it('are closed once: the first close wins, and one event goes out', async () => {
    const runId = await requested();
    await store.startRun(runId, 1, EXECUTION, ADA);
    const closes = await Promise.all([
      store.closeRun(runId, 1, { status: 'FAILED', reason: 'one' }, ADA),
      store.closeRun(runId, 1, { status: 'STOPPED', reason: 'two' }, ADA),
    ]);
    expect(closes.map(({ changed }) => changed).sort()).toEqual([false, true]);
    const winner = closes.find(({ changed }) => changed)!.record;
    expect(await store.getRun(runId)).toEqual(winner);
    expect((await changesOf(store)).filter(({ type }) => type === 'Run Closed')).toHaveLength(1);
    expect((await store.listOpenRuns()).items).toEqual([]);
  });

  it('resume as the next attempt, which a late close of the one before does not touch', async () => {
    const runId = await requested();
    await expect(store.resumeRun(runId, BOB)).rejects.toThrow('only a run that FAILED or was STOPPED');
    await store.closeRun(runId, 1, { status: 'FAILED', reason: 'spot' }, ADA);
    const resumed = await store.resumeRun(runId, BOB);
    expect(resumed).toMatchObject({ status: 'REQUESTED', attempt: 2 });
    expect(resumed).not.toHaveProperty('reason');
    expect(await store.resumeRun(runId, BOB)).toEqual(await store.getRun(runId));
    expect(await store.closeRun(runId, 1, { status: 'STOPPED' }, ADA)).toMatchObject({ changed: false });
    expect(await store.getRun(runId)).toMatchObject({ status: 'REQUESTED', attempt: 2 });
    expect((await store.listOpenRuns()).items.map((run) => run.runId)).toEqual([runId]);
    await expect(store.setPlan(runId, 1, {})).rejects.toThrow('at attempt 2');
  });

  it('are asked to stop once, and not after their end', async () => {
    const runId = await requested();
    await store.requestStop(runId, ADA);
    expect(await store.requestStop(runId, BOB)).toMatchObject({ stopRequestedBy: ADA });
    await store.closeRun(runId, 1, { status: 'STOPPED', reason: 'asked' }, ADA);
    await expect(store.requestStop(runId, ADA)).rejects.toMatchObject({ name: 'Conflict' });
  });
});

describe('uploads and dataset versions', () => {
  const files = [{ name: 'a.csv', size: 3, sha256: DIGEST }];
  const content = { contentDigest: 'c1', bucket: 'b', prefix: 'p/', objects: [], totalBytes: 3 };
  const uploaded = async () => {
    const { uploadId } = await store.openUpload({ dataset: 'loans', bucket: 'b' }, ADA);
    await store.completeUpload('loans', uploadId, files, ADA);
    return uploadId;
  };

  it('become one version for the same upload made twice', async () => {
    const uploadId = await uploaded();
    const make = () => store.createDatasetVersion({ dataset: 'loans', uploadId, ...content }, ADA);
    const made = await Promise.all([make(), make()]);
    expect(made.map(({ record, deduplicated }) => [record.version, deduplicated])).toEqual([
      [1, false],
      [1, false],
    ]);
    expect(await store.getUpload('loans', uploadId)).toMatchObject({
      status: 'READY',
      version: 1,
      deduplicated: false,
    });
    expect((await changesOf(store)).filter(({ type }) => type === 'Dataset Version Created')).toHaveLength(1);
  });

  it('become the version that has the same content already', async () => {
    const [first, second] = [await uploaded(), await uploaded()];
    await store.createDatasetVersion({ dataset: 'loans', uploadId: first, ...content }, ADA);
    const again = await store.createDatasetVersion({ dataset: 'loans', uploadId: second, ...content }, ADA);
    expect(again).toMatchObject({ deduplicated: true, record: { version: 1 } });
    expect(await store.getUpload('loans', second)).toMatchObject({ status: 'READY', version: 1, deduplicated: true });
  });

  it('get one number each when ten come at once', async () => {
    const made = await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        store.createDatasetVersion({ dataset: 'loans', ...content, contentDigest: `c${i}` }, ADA),
      ),
    );
    const numbers = made.map(({ record }) => record.version).sort((a, b) => a - b);
    expect(numbers).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(await store.getDatasetVersion('loans', 'latest')).toMatchObject({ version: 10 });
    expect((await store.listDatasets()).items).toMatchObject([{ dataset: 'loans', lastVersion: 10 }]);
  });

  it('are not made of a rejected upload, and not with other files than were named', async () => {
    const uploadId = await uploaded();
    expect(await store.completeUpload('loans', uploadId, files, ADA)).toMatchObject({ status: 'COMPLETED' });
    await expect(store.completeUpload('loans', uploadId, [], ADA)).rejects.toMatchObject({ name: 'Conflict' });
    await store.rejectUpload('loans', uploadId, 'a.csv differs', ADA);
    await expect(store.createDatasetVersion({ dataset: 'loans', uploadId, ...content }, ADA)).rejects.toThrow(
      'REJECTED',
    );
    expect((await store.listDatasets()).items).toEqual([]);
  });
});
