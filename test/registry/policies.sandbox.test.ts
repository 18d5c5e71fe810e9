import { beforeEach, describe, expect, inject, it } from 'vitest';
import type { ApiStore } from '../../lambdas/registry/store/api-store';
import { policiesFrom } from '../../lambdas/registry/store/policies';
import type { PolicySpec } from '../../lib/governance/contract';
import type { Actor } from '../../lib/registry/contract';
import { ADA, changesOf, MODEL, newRegistry } from './table';

let store: ApiStore;
const STACK: Actor = { id: 'arn:aws:cloudformation:eu-west-1:000000000000:stack/credit/1', kind: 'service' };
const auc = { kind: 'metric', id: 'metric-roc_auc', metric: 'roc_auc', min: 0.75 } as const;
const cost = { kind: 'cost', id: 'cost', maxUsd: 5 } as const;
const deploy = (...specs: PolicySpec[]) => store.setPolicies('credit', policiesFrom(JSON.stringify(specs)), STACK);
const told = async () => (await changesOf(store)).filter(({ type }) => type === 'Policies Changed');

beforeEach(async () => {
  store = (await newRegistry(inject('sandbox'))).open();
  await store.registerModel(MODEL, ADA);
});

describe('the policies of a model', () => {
  it('are on record as they were deployed, by whom, and each change tells what it did', async () => {
    await deploy(auc, cost);
    await deploy({ ...auc, min: 0.7 }, { kind: 'lineage-complete', id: 'lineage-complete' });
    expect(await told()).toMatchObject([
      { model: 'credit', actor: STACK, reason: 'added metric-roc_auc, cost' },
      { actor: STACK, reason: 'added lineage-complete; changed metric-roc_auc; removed cost' },
    ]);
    const { policies, policiesDigest } = (await store.getPolicies('credit'))!;
    const [, , audited] = await store.chainedChanges('model:credit', 0, 10);
    expect(audited).toMatchObject({
      before: { cost, 'metric-roc_auc': { min: 0.75 } },
      after: { 'metric-roc_auc': { min: 0.7 }, 'lineage-complete': { kind: 'lineage-complete' } },
      policyDigest: policiesDigest,
    });
    expect(policies.map(({ spec }) => spec)).toEqual([
      { ...auc, min: 0.7 },
      { kind: 'lineage-complete', id: 'lineage-complete' },
    ]);
  });

  it('are no change where a deployment repeats them, in whatever order, also when two do at once', async () => {
    const [first, second] = await Promise.all([deploy(auc, cost), deploy(cost, auc)]);
    expect(second.policiesDigest).toBe(first.policiesDigest);
    await deploy(auc, cost);
    expect(await told()).toHaveLength(1);
  });

  it('are refused of a model that is not there, and where they are no policies', async () => {
    await expect(store.setPolicies('nobody', [], STACK)).rejects.toMatchObject({ name: 'NotFound' });
    expect(await store.getPolicies('credit')).toBeUndefined();
    for (const text of ['{', '{"id":1}', '[{"id":"x"}]', '[null]'])
      expect(() => policiesFrom(text), text).toThrow('policies are');
  });
});
