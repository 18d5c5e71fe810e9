import { beforeEach, describe, expect, inject, it } from 'vitest';
import { type ApiEvent, answer } from '../../lambdas/registry/api';
import type { ApiStore } from '../../lambdas/registry/store/api-store';
import { ADA, BOB, changesOf, MODEL, newRegistry, versionInput } from './table';

let store: ApiStore;
beforeEach(async () => {
  store = (await newRegistry(inject('sandbox'))).open();
  await store.registerModel(MODEL, ADA);
  await store.registerVersion(versionInput(), ADA);
});

const call = async (route: string, body: unknown, of?: string) => {
  const [method, rawPath] = route.split(' ') as [string, string];
  const event: ApiEvent = {
    rawPath,
    body: JSON.stringify(body),
    ...(of ? { queryStringParameters: { of } } : {}),
    requestContext: { http: { method }, authorizer: { iam: { userArn: BOB.id } } },
  };
  const reply = await answer(event, { registry: store, production: false, uploadBucket: () => 'uploads' });
  return { status: reply.statusCode, body: JSON.parse(reply.body) };
};
const notes = async (of: string) => (await call('GET /notes', undefined, of)).body;

describe('notes', () => {
  it('are written on models, versions, datasets and runs, with who and when', async () => {
    await store.createDatasetVersion(
      { dataset: 'loans', contentDigest: 'd', bucket: 'b', prefix: 'p', objects: [], totalBytes: 0 },
      ADA,
    );
    const { runId } = await store.requestRun({ model: 'credit', request: { trigger: 'command' } }, ADA);
    for (const of of ['model:credit', 'credit@1', 'dataset:loans', 'loans@1', runId]) {
      const body = { description: 'what it is', tags: { team: 'a', 'a/b.c': '' }, comment: 'looks fine' };
      expect(await call('POST /notes', body, of)).toMatchObject({ status: 200 });
      const found = await notes(of);
      expect(found).toMatchObject({
        description: { text: 'what it is', by: BOB },
        tags: { team: { text: 'a', by: BOB }, 'a/b.c': { text: '' } },
        comments: [{ text: 'looks fine', by: BOB }],
      });
      expect(found.description.at).toMatch(/^2\d{3}-.*Z$/);
    }
    expect(await store.getVersion('credit', 1)).toMatchObject({ description: { text: 'what it is' } });
    expect(await call('POST /notes', { comment: 'x' }, 'credit@9')).toMatchObject({ status: 404 });
    expect(await call('POST /notes', { comment: 'x' }, 'model:nope')).toMatchObject({ status: 404 });
  });

  it('go out as one change with its actor, and not at all where nothing changes', async () => {
    const body = { tags: { team: 'a' }, comment: 'c' };
    await call('POST /notes', body, 'credit@1');
    await call('POST /notes', { tags: { team: 'a' } }, 'credit@1');
    const changes = (await changesOf(store)).filter(({ type }) => type === 'Notes Changed');
    expect(changes).toMatchObject([{ actor: BOB, model: 'credit', version: 1, reason: 'tag team=a; comment' }]);
  });

  it('of two writers at once are both kept, and one is taken away by null', async () => {
    const tags = Array.from({ length: 8 }, (_, i) => `t${i}`);
    await Promise.all(tags.map((tag) => store.annotate('model:credit', { tags: { [tag]: tag } }, ADA)));
    expect(Object.keys((await store.getModel('credit'))!.tags!).sort()).toEqual(tags);
    await store.annotate('model:credit', { tags: { t0: null }, description: 'x' }, ADA);
    await store.annotate('model:credit', { description: null }, ADA);
    const model = (await store.getModel('credit'))!;
    expect(Object.keys(model.tags!)).toHaveLength(7);
    expect(model).not.toHaveProperty('description');
  });

  it('are refused where they are too many, too long, or of a model only', async () => {
    const many = Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`t${i}`, 'x']));
    expect((await call('POST /notes', { tags: many }, 'credit@1')).body.message).toContain('at most 50 tags');
    expect((await call('POST /notes', { tags: { a: 'x'.repeat(5001) } }, 'credit@1')).status).toBe(400);
    expect((await call('POST /notes', { retired: 'x' }, 'credit@1')).status).toBe(400);
    await expect(store.annotate('version:credit:1', { retired: 'x' }, ADA)).rejects.toThrow('Only a model has retired');
  });
});

describe('the oversight of a model', () => {
  it('keeps validator and next review when its stack is deployed again', async () => {
    const set = { validator: 'model risk', nextReview: '2027-01-31', comment: 'sound' };
    expect((await call('POST /models/credit/oversight', set)).status).toBe(200);
    await store.registerModel({ ...MODEL, purpose: 'another' }, ADA);
    expect(await store.getModel('credit')).toMatchObject({
      purpose: 'another',
      lastVersion: 1,
      validator: { text: 'model risk', by: BOB },
      nextReview: { text: '2027-01-31' },
    });
    expect((await call('POST /models/credit/oversight', { nextReview: '2027-02-30' })).status).toBe(400);
    const owner = await call('POST /models/credit/oversight', { validator: ' Lending ' });
    expect([owner.status, owner.body.message]).toEqual([400, expect.stringContaining("can't validate it")]);
  });

  it('retires a model: no runs, no releases, no promotion, with the reason, until it is taken back', async () => {
    const { releaseId } = await store.requestRelease({ model: 'credit', version: 1 }, ADA);
    await store.registerVersion(versionInput(), ADA);
    const { runId } = await store.requestRun({ model: 'credit', request: { trigger: 'command' } }, ADA);
    await store.closeRun(runId, 1, { status: 'FAILED', reason: 'x' }, ADA);
    expect((await call('POST /models/credit/oversight', { retired: 'replaced by scores' })).status).toBe(200);
    const promotion = { releaseId, model: 'credit', version: 1, endpointName: 'e', endpointConfigName: 'c' };
    for (const refused of [
      () => store.requestRun({ model: 'credit', request: { trigger: 'command' } }, ADA),
      () => store.resumeRun(runId, ADA),
      () => store.requestRelease({ model: 'credit', version: 2 }, ADA),
      () => store.promote(promotion, ADA),
    ]) {
      await expect(refused()).rejects.toThrow(/retired since .*replaced by scores.*retire credit --undo/);
    }
    await call('POST /models/credit/oversight', { retired: null });
    expect((await store.requestRelease({ model: 'credit', version: 2 }, ADA)).status).toBe('REQUESTED');
    const changes = (await changesOf(store)).filter(({ type }) => type === 'Notes Changed');
    expect(changes.map(({ status }) => status)).toEqual(['RETIRED', 'ACTIVE']);
  });
});

describe('an alias', () => {
  it('is taken away once, and the champion never', async () => {
    await store.setAlias('credit', 'shadow', 1, null, ADA);
    expect((await call('POST /models/credit/aliases/shadow/remove', {})).body).toEqual({ removed: true });
    expect((await call('POST /models/credit/aliases/shadow/remove', {})).body).toEqual({ removed: false });
    expect(await store.listAliases('credit')).toEqual([]);
    const champion = await call('POST /models/credit/aliases/champion/remove', {});
    expect([champion.status, champion.body.message]).toEqual([400, expect.stringContaining('only by a release')]);
  });
});

describe('a prefix', () => {
  it('is registered once by its key, each in the changes of its dataset, by what a handler is granted for it', async () => {
    const prefix = (onceKey: string) =>
      store.registerPrefix({ dataset: 'loans', bucket: 'b', prefix: 'data/loans/incoming/may/', onceKey }, ADA);
    const first = await prefix('A');
    expect(await prefix('A')).toEqual(first);
    const again = await prefix('B');
    expect(again.uploadId).not.toBe(first.uploadId);
    const changes = (await changesOf(store)).filter(({ type }) => type === 'Upload Completed');
    expect(changes.map(({ uploadId }) => uploadId)).toEqual([first.uploadId, again.uploadId]);
  });
});
