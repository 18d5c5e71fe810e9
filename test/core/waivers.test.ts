import { describe, expect, it } from 'vitest';
import { evaluatePolicies, type GovernanceEvidence, policyDigestOf } from '../../core/governance';
import { lapsedWaivers } from '../../core/governance/waivers';
import type { PolicySpec } from '../../lib/governance/contract';
import type { Actor, WaiverRecord } from '../../lib/registry/contract';

const ADA: Actor = { id: 'arn:aws:iam::111122223333:user/ada', kind: 'person' };
const BOB: Actor = { id: 'arn:aws:iam::111122223333:user/bob', kind: 'person' };
const cost: PolicySpec = { kind: 'cost', id: 'cost', maxUsd: 5 };
const evidence = {
  version: { version: 3, archive: {}, image: '', evidence: [] },
  cost: { usd: 7, unknown: [] },
} as unknown as GovernanceEvidence;
const waiver = (changes: Partial<WaiverRecord> = {}): WaiverRecord => ({
  ...{ model: 'credit', version: 3, policy: 'cost', number: 1, status: 'GRANTED', policyDigest: policyDigestOf(cost) },
  ...{ releaseId: 'credit-r1', sentence: 'Too dear.', reason: 'the first of its kind.', expires: '2026-03-31' },
  ...{ requestedBy: ADA, requestedAt: '2026-03-01T00:00:00.000Z' },
  decided: { by: BOB, at: '2026-03-02T00:00:00.000Z' },
  ...changes,
});
const scope = (today = '2026-03-31') => ({ model: 'credit', version: 3, today });
const judge = (waivers: readonly WaiverRecord[], policy: PolicySpec = cost, today?: string, given = evidence) =>
  evaluatePolicies([policy], given, { ...scope(today), waivers });
const session = (role: string, name: string): Actor => ({
  id: `arn:aws:sts::111122223333:assumed-role/${role}/${name}`,
  kind: 'person',
});

describe('a waiver', () => {
  it('lets a failed policy hold nothing back, and says who waived it, why and until when', () => {
    const { passed, verdicts, reason } = judge([waiver()]);
    expect({ passed, reason }).toEqual({ passed: true, reason: undefined });
    expect(verdicts).toMatchObject([
      {
        passed: false,
        sentence: `The run cost $7 by list prices, above the allowed $5. Waived until 2026-03-31 by ${BOB.id}, as ${ADA.id} asked: the first of its kind.`,
        waived: { number: 1, requestedBy: ADA.id, grantedBy: BOB.id, expires: '2026-03-31' },
      },
    ]);
  });

  it.each<[string, Partial<WaiverRecord>, string]>([
    ['of another version', { version: 2 }, 'it is for cost of credit version 2'],
    ['of another model', { model: 'churn' }, 'it is for cost of churn version 3'],
    ['that nobody has granted', { status: 'REQUESTED', decided: undefined }, 'nobody has granted it yet'],
    [
      'that was rejected',
      { status: 'REJECTED', decided: { by: BOB, at: '', comment: 'No.' } },
      `${BOB.id} rejected it: No.`,
    ],
    ['that was revoked', { status: 'REVOKED', revoked: { by: BOB, at: '', comment: 'x' } }, `${BOB.id} revoked it: x.`],
    ['that has expired', { expires: '2026-03-30' }, 'it expired after 2026-03-30'],
    [
      'of other words of the policy',
      { policyDigest: policyDigestOf({ ...cost, maxUsd: 6 }) },
      'has been changed since',
    ],
    ['that its asker granted', { decided: { by: ADA, at: '' } }, 'no second person granted it'],
    [
      'that the asker’s role granted under another name',
      { requestedBy: session('science', 'ada'), decided: { by: session('science', 'bob'), at: '' } },
      'no second person granted it',
    ],
    ['that a machine granted', { decided: { by: { id: 'bot', kind: 'service' }, at: '' } }, 'no second person'],
  ])('%s changes nothing, and the verdict says so', (_, changes, why) => {
    const { passed, verdicts } = judge([waiver(changes)]);
    expect(passed).toBe(false);
    expect(verdicts[0]).not.toHaveProperty('waived');
    expect(verdicts[0]!.sentence).toMatch(
      /^The run cost \$7 by list prices, above the allowed \$5\. Waiver 1 does not/,
    );
    expect(verdicts[0]!.sentence).toContain(why);
  });

  it('of another policy is not spoken of, and one that passes needs none', () => {
    expect(judge([waiver({ policy: 'other' })]).reason).toBe(
      'cost: The run cost $7 by list prices, above the allowed $5.',
    );
    const cheap = judge([waiver()], cost, undefined, { ...evidence, cost: { usd: 1, unknown: [] } });
    expect(cheap.verdicts[0]).not.toHaveProperty('waived');
  });

  it('counts beside an older one that does not', () => {
    const { verdicts } = judge([waiver({ number: 2 }), waiver({ status: 'REVOKED' })]);
    expect(verdicts[0]!.waived?.number).toBe(2);
  });

  it('is none where the policy may not be waived', () => {
    const strict: PolicySpec = { ...cost, waivable: false };
    const lineage: PolicySpec = { kind: 'lineage-complete', id: 'lineage-complete' };
    for (const policy of [strict, lineage]) {
      const granted = waiver({ policy: policy.id, policyDigest: policyDigestOf(policy) });
      const { passed, verdicts } = judge([granted], policy);
      expect(passed).toBe(false);
      expect(verdicts[0]).toMatchObject({ waivable: false, sentence: expect.stringContaining('may not be waived') });
    }
  });
});

describe('a version that serves with a waiver', () => {
  const { verdicts } = judge([waiver()]);
  it('is told of when it ends, unless another one counts', () => {
    expect(lapsedWaivers(verdicts, [waiver()], scope())).toEqual([]);
    const late = scope('2026-04-01');
    const ended = ['Waiver 1 of cost counts no longer: it expired after 2026-03-31.'];
    expect(lapsedWaivers(verdicts, [waiver()], late)).toEqual(ended);
    expect(lapsedWaivers(verdicts, [waiver({ number: 2, expires: '2026-05-01' }), waiver()], late)).toEqual([]);
    expect(lapsedWaivers(verdicts, [], late)[0]).toContain('not on record');
  });
});
