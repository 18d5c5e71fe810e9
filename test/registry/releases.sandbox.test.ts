import { beforeEach, describe, expect, inject, it } from 'vitest';
import type { RegistryStore } from '../../lambdas/registry/store';
import { ADA, BOB, Clock, changesOf, DIGEST, MODEL, newRegistry, versionInput } from './table';

let store: RegistryStore;
let clock: Clock;

beforeEach(async () => {
  clock = new Clock();
  store = (await newRegistry(inject('sandbox'))).open(clock.now);
  await store.registerModel(MODEL, ADA);
  for (let i = 0; i < 3; i++) await store.registerVersion(versionInput(), ADA);
});

const request = (version: number) => store.requestRelease({ model: 'credit', version }, ADA);
const promotion = (releaseId: string, version: number) => ({
  releaseId,
  ...{ model: 'credit', version, endpointName: 'credit', endpointConfigName: `credit-v${version}` },
});
const release = async (version: number) => {
  const { releaseId } = await request(version);
  const deployment = await store.promote(promotion(releaseId, version), ADA);
  await store.closeRelease(releaseId, { status: 'SUCCEEDED' });
  return deployment;
};
const statuses = async () =>
  (await store.listVersions('credit')).items.map(({ version, status }) => `${version} ${status}`).reverse();

describe('releases', () => {
  it('are open one at a time for a version', async () => {
    const both = await Promise.allSettled([request(1), request(1)]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const [open] = (await store.listOpenReleases()).items;
    await expect(request(1)).rejects.toThrow(open!.releaseId);
    await expect(store.setVersionStatus('credit', 1, 'REJECTED', 'no', ADA, { ifNoOpenRelease: true })).rejects.toThrow(
      open!.releaseId,
    );
    await store.closeRelease(open!.releaseId, { status: 'FAILED', reason: 'x' });
    expect(await request(1)).toMatchObject({ status: 'REQUESTED' });
    expect((await store.listReleases('credit')).items).toHaveLength(2);
  });

  it('are not made of a rejected version', async () => {
    await store.setVersionStatus('credit', 2, 'REJECTED', 'unfair', ADA);
    await expect(request(2)).rejects.toThrow('unfair');
  });

  it('are one for one idempotency key', async () => {
    const ask = () => store.requestRelease({ model: 'credit', version: 1, idempotencyKey: 'event-1' }, ADA);
    const asked = await Promise.all([ask(), ask()]);
    expect(asked[0]!.releaseId).toBe(asked[1]!.releaseId);
  });

  it('are closed once', async () => {
    const { releaseId } = await request(1);
    await store.startRelease(releaseId, 'arn:execution');
    const closes = await Promise.all(
      (['FAILED', 'REJECTED'] as const).map((status) => store.closeRelease(releaseId, { status, reason: status })),
    );
    expect(closes.map(({ changed }) => changed).sort()).toEqual([false, true]);
    await expect(store.startRelease(releaseId, 'arn:other')).rejects.toMatchObject({ name: 'Conflict' });
    expect((await changesOf(store)).filter(({ type }) => type === 'Release Closed')).toHaveLength(1);
  });
});

describe('approvals', () => {
  const decide = (releaseId: string, decision: 'APPROVED' | 'REJECTED', actor = BOB, manifestDigest = DIGEST) =>
    store.recordApproval(releaseId, { decision, by: actor, at: clock.now().toISOString(), manifestDigest }, actor);
  const waiting = async () => {
    const { releaseId } = await request(1);
    await store.requestApproval(releaseId, { taskToken: 'token-1', manifestDigest: DIGEST });
    return releaseId;
  };

  it('bind to the manifest that was shown', async () => {
    const releaseId = await waiting();
    await expect(decide(releaseId, 'APPROVED', BOB, 'b'.repeat(64))).rejects.toThrow('decide what is there now');
    expect(await decide(releaseId, 'APPROVED')).toMatchObject({ status: 'RUNNING', approval: { by: BOB } });
    await expect(store.updateRelease(releaseId, { manifestDigest: 'b'.repeat(64) })).rejects.toThrow(
      'another manifest',
    );
  });

  it('are given once; the same again is no conflict, another is', async () => {
    const releaseId = await waiting();
    const both = await Promise.allSettled([decide(releaseId, 'APPROVED'), decide(releaseId, 'REJECTED')]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const { decision } = (await store.getRelease(releaseId))!.approval!;
    expect((await decide(releaseId, decision)).approval?.decision).toBe(decision);
    await expect(decide(releaseId, decision, ADA)).rejects.toThrow(`decided: ${decision} by ${BOB.id}`);
  });

  it('never show their token, and go out again for a state that was tried again', async () => {
    const releaseId = await waiting();
    expect(JSON.stringify(await store.getRelease(releaseId))).not.toContain('token-1');
    await decide(releaseId, 'APPROVED');
    await store.requestApproval(releaseId, { taskToken: 'token-2', manifestDigest: DIGEST });
    expect(await store.taskTokenOf(releaseId)).toBe('token-2');
    expect((await changesOf(store)).filter(({ type }) => type === 'Approval Recorded')).toHaveLength(2);
  });

  it('need other eyes than those of who had a hand in it, however they call themselves', async () => {
    const role = (name: string, session: string) => ({
      ...ADA,
      id: `arn:aws:sts::123456789012:assumed-role/${name}/${session}`,
    });
    const { releaseId } = await request(1);
    const mayNotApprove = [{ person: 'arn:aws:iam::123456789012:role/science', did: 'started the run credit-1' }];
    await store.requestApproval(releaseId, { taskToken: 'token-1', manifestDigest: DIGEST, mayNotApprove });
    const own = decide(releaseId, 'APPROVED', role('science', 'somebody-else'));
    await expect(own).rejects.toMatchObject({ name: 'Forbidden', message: expect.stringContaining('four eyes') });
    const machine = { id: 'a-function', kind: 'service' as const };
    await expect(decide(releaseId, 'APPROVED', machine)).rejects.toThrow('a-function is none');
    expect(await decide(releaseId, 'APPROVED', role('risk', 'bob'))).toMatchObject({ status: 'RUNNING' });
  });

  it('may be refused by who had a hand in it', async () => {
    const { releaseId } = await request(1);
    const mayNotApprove = [{ person: ADA.id, did: 'asked for this release' }];
    await store.requestApproval(releaseId, { taskToken: 'token-1', manifestDigest: DIGEST, mayNotApprove });
    expect(await decide(releaseId, 'REJECTED', ADA)).toMatchObject({ approval: { decision: 'REJECTED' } });
  });

  it('are brought before others once, and only while nobody has decided', async () => {
    const releaseId = await waiting();
    const told = await Promise.all([1, 2].map(() => store.escalateApproval(releaseId, ADA)));
    expect(told.sort()).toEqual([false, true]);
    expect((await changesOf(store)).filter(({ type }) => type === 'Approval Escalated')).toHaveLength(1);
    await decide(releaseId, 'APPROVED');
    expect(await store.escalateApproval(releaseId, ADA)).toBe(false);
  });

  it('are taken only while a release waits for one', async () => {
    const { releaseId } = await request(1);
    await expect(decide(releaseId, 'APPROVED')).rejects.toThrow('does not wait for an approval');
  });
});

describe('the deployment lock', () => {
  it('is held by one release until it lets go, or is closed', async () => {
    const [a, b] = [await request(1), await request(2)];
    const held = await Promise.all([a, b].map(({ releaseId }) => store.acquireDeployLock('credit', releaseId)));
    expect(held.sort()).toEqual([false, true]);
    const holder = (await store.acquireDeployLock('credit', a.releaseId)) ? a : b;
    const other = holder === a ? b : a;
    await expect(store.promote(promotion(other.releaseId, other.version), ADA)).rejects.toThrow(
      'Another release deploys',
    );
    await store.releaseDeployLock('credit', other.releaseId);
    expect(await store.acquireDeployLock('credit', other.releaseId)).toBe(false);
    await store.closeRelease(holder.releaseId, { status: 'FAILED', reason: 'x' });
    expect(await store.acquireDeployLock('credit', other.releaseId)).toBe(true);
    await expect(store.acquireDeployLock('credit', holder.releaseId)).resolves.toBe(false);
  });
});

describe('promotion', () => {
  it('moves alias, both versions and both spans at once', async () => {
    const first = await release(1);
    clock.forward(60_000);
    const second = await release(2);
    expect(await statuses()).toEqual(['1 RETIRED', '2 CHAMPION', '3 CANDIDATE']);
    expect(await store.getAlias('credit', 'champion')).toMatchObject({ version: 2 });
    expect((await store.listDeployments('credit')).items).toEqual([second, { ...first, endedAt: second.startedAt }]);
    await expect(store.setVersionStatus('credit', 2, 'REJECTED', 'no', ADA)).rejects.toThrow('is the champion');
  });

  it('is done once for a release, also when repeated after its end', async () => {
    const { releaseId } = await request(1);
    const twice = await Promise.all([1, 2].map(() => store.promote(promotion(releaseId, 1), ADA)));
    expect(twice[0]).toEqual(twice[1]);
    await store.closeRelease(releaseId, { status: 'SUCCEEDED' });
    await release(2);
    expect(await store.promote(promotion(releaseId, 1), ADA)).toMatchObject({ releaseId, version: 1 });
    expect(await store.getAlias('credit', 'champion')).toMatchObject({ version: 2 });
  });

  it('of two versions at once leaves one champion and spans that do not overlap', async () => {
    await release(1);
    const [a, b] = [await request(2), await request(3)];
    await Promise.all([a, b].map(({ releaseId, version }) => store.promote(promotion(releaseId, version), ADA)));
    expect((await statuses()).filter((status) => status.endsWith('CHAMPION'))).toHaveLength(1);
    const spans = (await store.listDeployments('credit')).items.reverse();
    expect(spans.map(({ endedAt }) => endedAt)).toEqual([spans[1]!.startedAt, spans[2]!.startedAt, undefined]);
    for (const { startedAt, version } of spans) {
      expect(await store.servingAt('credit', startedAt)).toMatchObject({ version });
    }
  });

  it('takes back what served before, and deploys the champion anew', async () => {
    await release(1);
    await release(2);
    await release(1);
    await release(1);
    expect(await statuses()).toEqual(['1 CHAMPION', '2 RETIRED', '3 CANDIDATE']);
    expect((await store.listDeployments('credit')).items.map(({ version }) => version)).toEqual([1, 1, 2, 1]);
  });

  it('tells who served when, to the millisecond', async () => {
    await expect(store.servingAt('credit', 'yesterday')).rejects.toThrow('ISO 8601');
    expect(await store.servingAt('credit', '2026-01-01T00:00:00Z')).toBeUndefined();
    const first = await release(1);
    clock.forward(1_000);
    await release(2);
    const at = async (ms: number) =>
      (await store.servingAt('credit', new Date(Date.parse(first.startedAt) + ms).toISOString()))?.version;
    expect([await at(-1), await at(0), await at(999), await at(1_000), await at(1e9)]).toEqual([undefined, 1, 1, 2, 2]);
  });

  it('is refused for a version that was rejected meanwhile, and for another than the release is of', async () => {
    const { releaseId } = await request(1);
    await expect(store.promote(promotion(releaseId, 2), ADA)).rejects.toThrow("is of version 1 of 'credit'");
    await store.setVersionStatus('credit', 1, 'REJECTED', 'unfair', ADA);
    await expect(store.promote(promotion(releaseId, 1), ADA)).rejects.toThrow('is REJECTED');
    expect(await store.getAlias('credit', 'champion')).toBeUndefined();
  });
});
