import { beforeEach, describe, expect, inject, it } from 'vitest';
import type { ApiStore } from '../../lambdas/registry/store/api-store';
import { ServingStore } from '../../lambdas/registry/store/serving';
import { type ReconcileTools, reconcileServing } from '../../lambdas/release/reconcile-serving';
import type { LiveEndpoint, LiveModel } from '../../lambdas/release/serving.client';
import { granted } from './granted-store';
import { ADA, Clock, changesOf, MODEL, newRegistry, versionInput } from './table';

let store: ApiStore;
let serving: ServingStore;
let clock: Clock;
/** What SageMaker has. */
let endpoint: LiveEndpoint | undefined;
const models = new Map<string, LiveModel>();

const live = (version: number, changes: Partial<LiveEndpoint> = {}): LiveEndpoint => ({
  status: 'InService',
  config: `credit-v${version}-abcdef`,
  changedAt: clock.now().toISOString(),
  variants: [{ name: 'AllTraffic', weight: 1, images: [versionInput().image] }],
  ...changes,
});
const archiveOf = (version: number) => `s3://bucket/models/sha256/${version}/model.tar.gz`;

beforeEach(async () => {
  clock = new Clock();
  const { open, tableName, client } = await newRegistry(inject('sandbox'));
  store = open(clock.now);
  serving = granted(new ServingStore({ tableName, client, now: clock.now }));
  await store.registerModel(MODEL, ADA);
  models.clear();
  for (const version of [1, 2]) {
    const archive = { ...versionInput().archive, uri: archiveOf(version) };
    await store.registerVersion(versionInput({ archive }), ADA);
    const made = { images: [versionInput().image], archiveUri: archiveOf(version), environment: {} };
    models.set(`credit-v${version}-abcdef`, made);
  }
});

const tools = (): ReconcileTools => ({
  store: serving,
  model: 'credit',
  actorId: 'reconcile',
  serving: {
    endpoint: async () => endpoint,
    modelsOf: async (config) => new Map([['AllTraffic', config]]),
    model: async (name) => models.get(name),
  },
});
const look = () => reconcileServing(tools());
const names = (version: number) => ({ endpointName: 'credit', endpointConfigName: `credit-v${version}-abcdef` });
const begin = async (version: number) => (await store.requestRelease({ model: 'credit', version }, ADA)).releaseId;
const release = async (version: number) => {
  const releaseId = await begin(version);
  await store.promote({ releaseId, model: 'credit', version, ...names(version) }, ADA);
  await store.closeRelease(releaseId, { status: 'SUCCEEDED' });
  endpoint = live(version);
  clock.forward(60_000);
  return releaseId;
};
/** Spans, oldest first: when they begin and end in minutes, and what they are. */
const spans = async () =>
  (await store.listDeployments('credit')).items
    .reverse()
    .map(({ version, outOfBand }) => `${outOfBand ? 'OUT_OF_BAND' : 'RELEASED'} ${version ?? 'unknown'}`);
const reconciled = async () => (await changesOf(store)).filter(({ type }) => type === 'Serving Reconciled');

describe('what serves, held against the record', () => {
  it('is left alone before the first release, and while it is what was released', async () => {
    endpoint = live(1);
    expect(await look()).toMatchObject({ outcome: 'idle', outOfBand: false });
    await release(1);
    expect(await look()).toMatchObject({ outcome: 'known', outOfBand: false });
    expect(await reconciled()).toEqual([]);
  });

  it('is a span out of band from when it was changed, once, however often and by how many it is looked at', async () => {
    const releaseId = await release(1);
    endpoint = live(2);
    const { changedAt } = endpoint;
    clock.forward(300_000);
    const before = { model: 'credit', version: 1, releaseId };
    const both = await Promise.all([look(), look()]);
    expect(both.map(({ outcome }) => outcome).sort()).toEqual(['known', 'recorded']);
    expect(await look()).toMatchObject({ outcome: 'known', outOfBand: true });
    expect(await spans()).toEqual(['RELEASED 1', 'OUT_OF_BAND 2']);
    const [now] = (await store.listDeployments('credit')).items;
    expect(now).toMatchObject({ startedAt: changedAt, endpointConfigName: 'credit-v2-abcdef' });
    expect(now).not.toHaveProperty('releaseId');
    expect(now!.outOfBand).toMatchObject({
      insteadOf: { version: 1, releaseId, endpointConfigName: 'credit-v1-abcdef' },
      found: { status: 'InService', variants: [{ name: 'AllTraffic', share: 1, archiveUri: archiveOf(2) }] },
      differences: [
        'the endpoint config is credit-v2-abcdef, released was credit-v1-abcdef',
        `the archive is ${archiveOf(2)}, released was ${archiveOf(1)}`,
      ],
    });
    expect(await store.servingAt('credit', changedAt!)).toEqual(now);
    expect(await reconciled()).toMatchObject([{ ...before, status: 'OUT_OF_BAND', actor: { id: 'unknown' } }]);
    expect((await reconciled())[0]!.reason).toContain('the endpoint config is credit-v2-abcdef');
    expect(await store.getAlias('credit', 'champion')).toMatchObject({ version: 1, changedBy: ADA });
  });

  it('is released again when it is put right, and the release knows its span', async () => {
    const releaseId = await release(1);
    endpoint = undefined;
    expect(await look()).toMatchObject({ outcome: 'recorded', differences: ['the endpoint is deleted'] });
    clock.forward(60_000);
    endpoint = live(1);
    const both = await Promise.all([look(), look()]);
    expect(both.map(({ outcome }) => outcome).sort()).toEqual(['known', 'restored']);
    expect(await spans()).toEqual(['RELEASED 1', 'OUT_OF_BAND unknown', 'RELEASED 1']);
    expect((await reconciled()).map(({ status }) => status)).toEqual(['OUT_OF_BAND', 'RESTORED']);
    expect(await store.lineageNode(`deployment:${releaseId}`)).toMatchObject({ status: 'SERVES' });
  });

  it('ends with the promotion of a release, also of another version', async () => {
    await release(1);
    endpoint = live(2);
    await look();
    await release(2);
    expect(await spans()).toEqual(['RELEASED 1', 'OUT_OF_BAND 2', 'RELEASED 2']);
    const ends = (await store.listDeployments('credit')).items.map(({ endedAt }) => endedAt === undefined);
    expect(ends).toEqual([true, false, false]);
    expect((await store.getVersion('credit', 1))?.status).toBe('RETIRED');
    expect(await look()).toMatchObject({ outcome: 'known', outOfBand: false });
  });

  it('is a span of its own each time that it is changed to something else', async () => {
    await release(1);
    endpoint = live(2);
    await look();
    clock.forward(60_000);
    models.set('mine', { images: ['mine'], archiveUri: 's3://mine', environment: {} });
    endpoint = live(1, { config: 'mine' });
    await look();
    expect(await spans()).toEqual(['RELEASED 1', 'OUT_OF_BAND 2', 'OUT_OF_BAND unknown']);
    const begins = (await store.listDeployments('credit')).items.map(({ startedAt }) => startedAt);
    const ends = (await store.listDeployments('credit')).items.map(({ endedAt }) => endedAt);
    expect(ends).toEqual([undefined, begins[0], begins[1]]);
  });

  it('is not looked at while a release deploys, and not recorded where one begins meanwhile', async () => {
    await release(1);
    endpoint = live(2);
    const releaseId = await begin(2);
    await store.acquireDeployLock('credit', releaseId);
    expect(await look()).toMatchObject({ outcome: 'deploying' });
    await store.closeRelease(releaseId, { status: 'FAILED', reason: 'x' });
    const other = await begin(2);
    const late = { ...tools(), serving: { ...tools().serving, modelsOf: lockFirst(other) } };
    expect(await reconcileServing(late)).toMatchObject({ outcome: 'deploying', outOfBand: false });
    expect(await spans()).toEqual(['RELEASED 1']);
    await store.closeRelease(other, { status: 'FAILED', reason: 'x' });
    expect(await look()).toMatchObject({ outcome: 'recorded' });
  });

  const lockFirst = (releaseId: string) => async (config: string) => {
    await store.acquireDeployLock('credit', releaseId);
    return new Map([['AllTraffic', config]]);
  };

  it('is found recorded by a look that died after its write', async () => {
    await release(1);
    endpoint = live(2);
    const dies = granted(serving);
    const dying = new Proxy(dies, {
      get: (target, name) =>
        name === 'changeServing'
          ? async (...args: Parameters<ServingStore['changeServing']>) => {
              await target.changeServing(...args);
              throw new Error('killed');
            }
          : Reflect.get(target, name, target),
    });
    await expect(reconcileServing({ ...tools(), store: dying })).rejects.toThrow('killed');
    expect(await look()).toMatchObject({ outcome: 'known', outOfBand: true });
    expect(await reconciled()).toHaveLength(1);
  });
});
