import { beforeEach, describe, expect, inject, it } from 'vitest';
import { chainOf } from '../../core/audit';
import type { ApiStore } from '../../lambdas/registry/store/api-store';
import { ADA, BOB, Clock, changesOf, MODEL, newRegistry, versionInput } from './table';

const CREDIT = chainOf('model', 'credit');

let store: ApiStore;
beforeEach(async () => {
  store = (await newRegistry(inject('sandbox'))).open(new Clock().now);
  await store.registerModel(MODEL, ADA);
});

const sequences = async (chain: string, after = 0): Promise<number[]> =>
  (await store.chainedChanges(chain, after, 200)).map(({ sequence }) => sequence);

describe('the changes of a model', () => {
  it('are numbered without gaps, however many are made at once', async () => {
    await Promise.all(Array.from({ length: 12 }, () => store.registerVersion(versionInput(), ADA)));
    expect(await sequences(CREDIT)).toEqual(Array.from({ length: 13 }, (_, i) => i + 1));
    expect(await sequences(CREDIT, 10)).toEqual([11, 12, 13]);
    expect(await sequences(CREDIT, 13)).toEqual([]);
  });

  it('are numbered also where nothing else of theirs is the same', async () => {
    await store.registerVersion(versionInput(), ADA);
    const aliases = Array.from({ length: 8 }, (_, i) => `alias-${i}`);
    await Promise.all(aliases.map((alias) => store.setAlias('credit', alias, 1, null, ADA)));
    expect(await sequences(CREDIT)).toEqual(Array.from({ length: 10 }, (_, i) => i + 1));
    const told = (await changesOf(store)).flatMap(({ alias }) => alias ?? []);
    expect(told.sort()).toEqual(aliases);
  });

  it('get no number where nothing was changed', async () => {
    await store.registerModel(MODEL, BOB);
    await expect(store.setAlias('credit', 'challenger', 9, null, ADA)).rejects.toThrow('has no version 9');
    expect(await sequences(CREDIT)).toEqual([1]);
  });

  it('say who did what, and what was before and after', async () => {
    await store.registerModel({ ...MODEL, owner: 'risk' }, BOB);
    const [, change] = await store.chainedChanges(CREDIT, 0, 10);
    expect(change).toMatchObject({
      chain: CREDIT,
      sequence: 2,
      type: 'Model Registered',
      time: '2026-01-01T00:00:00.000Z',
      actor: BOB,
      subject: { model: 'credit', dataset: 'loans' },
      before: { owner: 'lending', riskTier: 'HIGH' },
      after: { owner: 'risk', riskTier: 'HIGH' },
      evidence: [],
    });
  });

  it('name the evidence of a version, and hold what is long by its digest', async () => {
    const sha256 = 'b'.repeat(64);
    const evidence = [{ kind: 'evaluation', uri: 's3://evidence/evaluation.json', sha256 } as const];
    await store.registerVersion(versionInput({ evidence, environment: { LONG: 'x'.repeat(10_000) } }), ADA);
    const [change] = await store.chainedChanges(CREDIT, 1, 10);
    expect(change?.evidence).toEqual([{ uri: 's3://evidence/evaluation.json', sha256 }]);
    expect(change?.after).toMatchObject({
      environment: { bytes: 10_011, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
  });

  it('hold a text as the record does, also one with half a character, which has no form in UTF-8', async () => {
    await store.annotate('model:credit', { description: 'half \ud83d, and \\ud83d' }, ADA);
    const text = 'half \ufffd, and \\ud83d';
    expect(await store.getModel('credit')).toMatchObject({ description: { text } });
    const [change] = await store.chainedChanges(CREDIT, 1, 10);
    expect(change?.after).toMatchObject({ description: { text } });
  });

  it('are told under ids that find them again, and stay in their chain once published', async () => {
    const ids = (await changesOf(store)).map(({ changeId }) => changeId);
    expect(ids).toEqual(['model:credit#1']);
    await store.markPublished(ids);
    expect(await changesOf(store)).toEqual([]);
    expect(await sequences(CREDIT)).toEqual([1]);
  });
});

describe('a chain', () => {
  it('is behind from its first change on, until all are in its audit', async () => {
    const later = new Date('2026-01-01T00:00:01Z');
    expect(await store.chainsBehind(new Date('2025-12-31T23:59:59Z'), 10)).toEqual([]);
    expect(await store.chainsBehind(later, 10)).toEqual([CREDIT]);
    await store.registerVersion(versionInput(), ADA);
    expect(await store.markAudited(CREDIT, 1)).toBe(false);
    expect(await store.chainsBehind(later, 10)).toEqual([CREDIT]);
    expect(await store.markAudited(CREDIT, 2)).toBe(true);
    expect(await store.chainsBehind(later, 10)).toEqual([]);
    await store.registerVersion(versionInput(), ADA);
    expect(await store.chainsBehind(later, 10)).toEqual([CREDIT]);
  });

  it('is of one dataset, too, with notes on it and its versions', async () => {
    await store.registerPrefix({ dataset: 'loans', bucket: 'bucket', prefix: 'somewhere/' }, ADA);
    const content = { contentDigest: 'd', bucket: 'bucket', prefix: 'somewhere/', objects: [], totalBytes: 0 };
    await store.createDatasetVersion({ dataset: 'loans', ...content }, ADA);
    await store.annotate('dataset:loans:1', { hold: 'court' }, BOB);
    const changes = await store.chainedChanges(chainOf('dataset', 'loans'), 0, 10);
    expect(changes.map(({ type }) => type)).toEqual(['Upload Completed', 'Dataset Version Created', 'Notes Changed']);
    expect(await sequences(CREDIT)).toEqual([1]);
  });

  it('holds what is written on a run of its model', async () => {
    const { runId } = await store.requestRun({ model: 'credit', request: { trigger: 'command' } }, ADA);
    await store.annotate(`run:${runId}`, { comment: 'odd' }, BOB);
    const [, , noted] = await store.chainedChanges(CREDIT, 0, 10);
    expect(noted).toMatchObject({ type: 'Notes Changed', subject: { model: 'credit', runId } });
  });

  it('has a name that keys can hold, whatever the name of the model', () => {
    expect(chainOf('model', 'credit-risk.2')).toBe('model:credit-risk.2');
    for (const name of ['a#5', '../up', 'with space', '\ud83d', 'x'.repeat(101), '.']) {
      expect(chainOf('model', name)).toMatch(/^model:~[0-9a-f]{64}$/);
    }
  });
});
