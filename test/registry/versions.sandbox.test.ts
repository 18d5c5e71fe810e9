import fc from 'fast-check';
import { beforeEach, describe, expect, inject, it } from 'vitest';
import type { ApiStore } from '../../lambdas/registry/store/api-store';
import { ADA, BOB, changesOf, MODEL, newRegistry, versionInput } from './table';

let store: ApiStore;
beforeEach(async () => {
  store = (await newRegistry(inject('sandbox'))).open();
  await store.registerModel(MODEL, ADA);
});

describe('model versions', () => {
  it('get the numbers 1 to 20 when twenty writers register at once', async () => {
    const records = await Promise.all(
      Array.from({ length: 20 }, (_, i) => store.registerVersion(versionInput({ runId: `run-${i}` }), ADA)),
    );
    expect(records.map((record) => record.version).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 20 }, (_, i) => i + 1),
    );
    expect(await store.getModel('credit')).toMatchObject({ lastVersion: 20 });
  });

  it('are one when the same run registers twice, and when it does so twice at once', async () => {
    const same = versionInput({ runId: 'run-1' });
    const records = await Promise.all([1, 2, 3].map(() => store.registerVersion(same, ADA)));
    expect(new Set(records.map((record) => record.version))).toEqual(new Set([1]));
    expect(await store.registerVersion(same, BOB)).toEqual(records[0]);
    expect((await store.listVersions('credit')).items).toHaveLength(1);
    expect((await changesOf(store)).filter(({ type }) => type === 'Model Version Registered')).toHaveLength(1);
  });

  it('never repeat or skip a number, whatever runs register in whatever order and together', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.nat(6), { minLength: 1, maxLength: 4 }), { maxLength: 4 }),
        async (rounds) => {
          const fresh = (await newRegistry(inject('sandbox'))).open();
          await fresh.registerModel(MODEL, ADA);
          const numbers = new Map<number, number>();
          for (const round of rounds) {
            const made = await Promise.all(
              round.map(
                async (run) =>
                  [run, (await fresh.registerVersion(versionInput({ runId: `r-${run}` }), ADA)).version] as const,
              ),
            );
            for (const [run, version] of made) {
              expect(numbers.get(run) ?? version).toBe(version);
              numbers.set(run, version);
            }
          }
          expect([...numbers.values()].sort((a, b) => a - b)).toEqual([...numbers.keys()].map((_, i) => i + 1));
        },
      ),
      { numRuns: 8 },
    );
  });

  it('keep every double of their metrics, and refuse what is no number', async () => {
    const { version } = await store.registerVersion(versionInput(), ADA);
    expect((await store.getVersion('credit', version))?.metrics).toEqual({ roc_auc: 0.91, tiny: 1e-300 });
    await expect(store.registerVersion(versionInput({ metrics: { roc_auc: Number.NaN } }), ADA)).rejects.toThrow(
      'roc_auc = NaN',
    );
    expect(await store.getModel('credit')).toMatchObject({ lastVersion: 1 });
  });

  it('refuse a record that the table could not keep, with its size, and half-register nothing', async () => {
    const environment = { LONG: 'x'.repeat(400_000) };
    await expect(store.registerVersion(versionInput({ environment }), ADA)).rejects.toThrow(/would take 39\d KB/);
    expect((await store.listVersions('credit')).items).toEqual([]);
  });

  it('come newest first, in pages whose tokens hold for their list alone', async () => {
    for (let i = 0; i < 5; i++) await store.registerVersion(versionInput(), ADA);
    const first = await store.listVersions('credit', { limit: 3 });
    const second = await store.listVersions('credit', { limit: 3, next: first.next });
    expect([...first.items, ...second.items].map(({ version }) => version)).toEqual([5, 4, 3, 2, 1]);
    expect(second.next).toBeUndefined();
    await expect(store.listVersions('other', { next: first.next })).rejects.toThrow('no page token of this list');
    await expect(store.listVersions('credit', { next: 'nonsense' })).rejects.toThrow('no page token of this list');
    await expect(store.listVersions('credit', { limit: 0 })).rejects.toThrow('not 0');
  });

  it('leave a lineage that is found from both ends', async () => {
    const dataset = { name: 'loans', version: 3, contentDigest: 'd' };
    await store.registerVersion(versionInput({ runId: 'run-1', dataset }), ADA);
    expect(await store.lineageOf('run:run-1')).toEqual({ from: ['dataset:loans:3'], to: ['version:credit:1'] });
    const image = `image:${versionInput().image}`;
    expect(await store.lineageOf('version:credit:1')).toEqual({ from: [image, 'run:run-1'], to: [] });
  });
});

describe('aliases', () => {
  it('move only from where the caller saw them, and by one of two at once', async () => {
    for (let i = 0; i < 3; i++) await store.registerVersion(versionInput(), ADA);
    await store.setAlias('credit', 'challenger', 1, null, ADA);
    await expect(store.setAlias('credit', 'challenger', 2, null, ADA)).rejects.toThrow(
      'is at version 1, not at nothing',
    );
    const both = await Promise.allSettled([2, 3].map((to) => store.setAlias('credit', 'challenger', to, 1, ADA)));
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const winner = both.find((result) => result.status === 'fulfilled');
    expect(await store.getAlias('credit', 'challenger')).toEqual(winner?.value);
  });

  it('point at versions that exist, and champion only by a release', async () => {
    await expect(store.setAlias('credit', 'challenger', 9, null, ADA)).rejects.toMatchObject({ name: 'NotFound' });
    await expect(store.setAlias('credit', 'champion', 1, null, ADA)).rejects.toThrow('only by a release');
  });
});

describe('models', () => {
  it('are registered once, changed when their description does, and keep their counter', async () => {
    await store.registerVersion(versionInput(), ADA);
    const before = await store.getModel('credit');
    expect(await store.registerModel(MODEL, BOB)).toEqual(before);
    await store.registerModel({ ...MODEL, owner: 'risk' }, BOB);
    expect(await store.getModel('credit')).toMatchObject({ owner: 'risk', lastVersion: 1 });
    expect((await changesOf(store)).filter(({ type }) => type === 'Model Registered')).toHaveLength(2);
    expect((await store.listModels()).items.map(({ model }) => model)).toEqual(['credit']);
  });

  it('have names that fit into keys and job names', async () => {
    await expect(store.registerModel({ ...MODEL, model: 'A#b' }, ADA)).rejects.toMatchObject({ name: 'InvalidInput' });
  });
});
