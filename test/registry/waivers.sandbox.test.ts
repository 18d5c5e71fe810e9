import { beforeEach, describe, expect, inject, it } from 'vitest';
import type { ApiStore } from '../../lambdas/registry/store/api-store';
import { refusalOf } from '../../lambdas/registry/store/refusal';
import type { Actor, PolicyVerdict } from '../../lib/registry/contract';
import { ADA, BOB, Clock, changesOf, DIGEST, MODEL, newRegistry, versionInput } from './table';

const EVE: Actor = { id: 'arn:aws:iam::000000000000:user/eve', kind: 'person' };
let store: ApiStore;
let clock: Clock;
let releaseId: string;

const verdict = (policy: string, passed = false, more: Partial<PolicyVerdict> = {}): PolicyVerdict => ({
  ...{ policy, kind: 'cost', passed, policyDigest: DIGEST, sentence: `${policy} says so.` },
  ...more,
});

/** A version whose release the gate has refused, as the pipeline leaves it. */
async function refuse(verdicts: PolicyVerdict[]): Promise<string> {
  const release = await store.requestRelease({ model: 'credit', version: 1 }, ADA);
  await store.updateRelease(release.releaseId, { verdicts });
  const { record } = await store.closeRelease(release.releaseId, { status: 'REJECTED', reason: 'cost says so.' });
  await store.setVersionStatus('credit', 1, 'REJECTED', refusalOf(record), ADA);
  return record.releaseId;
}

beforeEach(async () => {
  clock = new Clock();
  store = (await newRegistry(inject('sandbox'))).open(clock.now);
  await store.registerModel(MODEL, ADA);
  await store.registerVersion(versionInput(), ADA);
  releaseId = await refuse([verdict('cost'), verdict('auc', true), verdict('strict', false, { waivable: false })]);
});

const ask = (actor = BOB, more: object = {}) =>
  store.requestWaiver(
    { model: 'credit', version: 1, policy: 'cost', reason: 'first of its kind', expires: '2026-02-01', ...more },
    actor,
  );
const decide = (decision: 'GRANTED' | 'REJECTED' | 'REVOKED', actor = EVE, number = 1) => {
  clock.forward(1);
  return store.decideWaiver({ model: 'credit', version: 1, policy: 'cost', number, decision, comment: 'seen' }, actor);
};
const told = async () =>
  (await changesOf(store)).filter(({ type }) => type.startsWith('Waiver')).map(({ status }) => status);

describe('a waiver', () => {
  it('is asked for by one and granted by another, bound to policy, words and release; the version may be released again', async () => {
    expect(await ask()).toMatchObject({ number: 1, status: 'REQUESTED', policyDigest: DIGEST, releaseId });
    await expect(store.requestRelease({ model: 'credit', version: 1 }, ADA)).rejects.toThrow('was rejected');
    expect(await decide('GRANTED')).toMatchObject({ status: 'GRANTED', decided: { by: EVE, comment: 'seen' } });
    expect(await store.getVersion('credit', 1)).toMatchObject({ status: 'CANDIDATE' });
    expect(await store.listWaivers('credit', 1)).toMatchObject([{ status: 'GRANTED', sentence: 'cost says so.' }]);
    expect((await store.waiversOf('credit')).items).toHaveLength(1);
    expect(await told()).toEqual(['REQUESTED', 'GRANTED']);
    await store.requestRelease({ model: 'credit', version: 1 }, ADA);
  });

  it('is not granted by who asked, who made the version, or a machine', async () => {
    await ask();
    await expect(decide('GRANTED', BOB)).rejects.toMatchObject({
      name: 'Forbidden',
      message: expect.stringContaining('asked for the waiver'),
    });
    await expect(decide('GRANTED', ADA)).rejects.toMatchObject({
      name: 'Forbidden',
      message: expect.stringContaining('made version 1'),
    });
    const machine: Actor = { id: 'a-function', kind: 'service' };
    await expect(decide('GRANTED', machine)).rejects.toThrow('is no person');
    await expect(ask(machine)).rejects.toThrow('is no person');
    expect(await store.getVersion('credit', 1)).toMatchObject({ status: 'REJECTED' });
    expect(await decide('REJECTED', BOB)).toMatchObject({ status: 'REJECTED' });
  });

  it('is one where it is asked for twice or by two at once, and decided once', async () => {
    const [first, second] = await Promise.all([ask(), ask()]);
    expect(second).toEqual(first);
    await expect(ask(ADA)).rejects.toMatchObject({ name: 'Conflict', message: expect.stringContaining(BOB.id) });
    const decisions = await Promise.allSettled([decide('GRANTED'), decide('REJECTED'), decide('GRANTED', EVE, 2)]);
    expect(decisions.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
    const { status } = (await store.listWaivers('credit', 1))[0]!;
    expect(await decide(status as 'GRANTED')).toMatchObject({ status });
    expect(await told()).toEqual(['REQUESTED', status]);
  });

  it('can be revoked, and asked for again', async () => {
    await ask();
    await decide('GRANTED');
    expect(await decide('REVOKED', BOB)).toMatchObject({
      status: 'REVOKED',
      decided: { by: EVE },
      revoked: { by: BOB },
    });
    await expect(decide('GRANTED')).rejects.toMatchObject({ name: 'Conflict' });
    expect(await ask()).toMatchObject({ number: 2, status: 'REQUESTED' });
    expect((await store.listWaivers('credit', 1)).map(({ number }) => number)).toEqual([2, 1]);
  });

  it('brings no version back that a person rejected', async () => {
    await ask();
    await store.setVersionStatus('credit', 1, 'REJECTED', 'it is unfair', BOB);
    await decide('GRANTED');
    expect(await store.getVersion('credit', 1)).toMatchObject({ status: 'REJECTED', reason: 'it is unfair' });
  });

  it('ends within 90 days, and is not granted after its end', async () => {
    for (const expires of ['2025-12-31', '2026-04-02'])
      await expect(ask(BOB, { expires })).rejects.toMatchObject({ name: 'InvalidInput' });
    await ask(BOB, { expires: '2026-04-01' });
    clock.forward(91 * 86_400_000);
    await expect(decide('GRANTED')).rejects.toThrow('was to end on 2026-04-01');
  });

  it('is only for a policy that has refused the version, may be waived and is still in force', async () => {
    await expect(ask(BOB, { policy: 'auc' })).rejects.toThrow('auc passed');
    await expect(ask(BOB, { policy: 'strict' })).rejects.toThrow('may not be waived');
    await expect(ask(BOB, { policy: 'other' })).rejects.toThrow('there were: cost, auc, strict');
    await expect(ask(BOB, { version: 2 })).rejects.toMatchObject({ name: 'NotFound' });
    await expect(decide('GRANTED')).rejects.toMatchObject({ name: 'NotFound' });
    const spec = { kind: 'cost', id: 'cost', maxUsd: 9 } as const;
    await store.setPolicies('credit', [{ policy: 'cost', policyDigest: 'b'.repeat(64), spec }], ADA);
    await expect(ask()).rejects.toThrow('has been changed since');
    await store.registerVersion(versionInput(), ADA);
    await expect(ask(BOB, { version: 2 })).rejects.toThrow('No policy has judged version 2');
  });
});
