import { describe, expect, test } from 'vitest';
import { evaluatePolicies, type GovernanceEvidence } from '../../core/governance';
import type { PolicySpec } from '../../lib/governance/contract';

const version = { version: 4, evidence: [] } as unknown as GovernanceEvidence['version'];
const slices = [
  {
    column: 'age',
    edges: [25],
    groups: [
      { value: 'below 25', rows: 40, metrics: { roc_auc: 0.62 } },
      { value: '25 and above', rows: 200, metrics: { roc_auc: 0.8 } },
    ],
  },
  { column: 'city', reason: 'city has more than 100 values' },
  { column: 'sex', groups: [{ value: 'f', rows: 9, metrics: { roc_auc: 0.1 } }] },
];
const evidence: GovernanceEvidence = { version, evaluation: { metrics: { roc_auc: 0.78 }, slices } };
const judge = (policy: PolicySpec, more: Partial<GovernanceEvidence> = {}) =>
  evaluatePolicies([policy], { ...evidence, ...more }).verdicts[0]!;

describe('a policy on slices', () => {
  const by = (values: object): PolicySpec =>
    ({
      ...{ kind: 'slices', id: 's', metric: 'roc_auc', higherIsBetter: true, column: 'age', edges: [25], minRows: 30 },
      ...values,
    }) as PolicySpec;

  test('passes where each group holds, and tells the worst', () => {
    expect(judge(by({ min: 0.6 }))).toMatchObject({
      passed: true,
      value: 0.62,
      sentence:
        'The AUC holds in each group of age; the worst is 0.62 for below 25 (40 rows), over all rows it is 0.78.',
    });
  });

  test.each([
    [{ min: 0.7 }, 'For age below 25 (40 rows) the AUC is 0.62, below the required 0.7.'],
    [{ max: 0.7 }, 'For age 25 and above (200 rows) the AUC is 0.8, above the allowed 0.7.'],
    [
      { maxGap: 0.1 },
      'For age below 25 (40 rows) the AUC is 0.62: 0.16 worse than over all rows, where 0.1 is allowed.',
    ],
    [{ min: 0, edges: [30] }, 'The evaluation was not cut by age: start a new run.'],
    [{ min: 0, column: 'city', edges: undefined }, "The rows can't be cut by city: city has more than 100 values."],
    [{ min: 0, column: 'sex', edges: undefined }, 'No group of sex has 30 rows on which to judge the AUC.'],
    [{ min: 0, metric: 'f1' }, 'The evaluation has no metric f1; it has roc_auc.'],
  ])('fails where %j', (values, sentence) => {
    expect(judge(by(values))).toMatchObject({ passed: false, sentence });
  });

  test('does not judge groups that are too small, and says how many', () => {
    const verdict = judge(by({ min: 0.7, minRows: 50 }));
    expect(verdict).toMatchObject({ passed: true, sentence: expect.stringContaining('1 of 2 groups are too small') });
  });

  test('takes a lower value for the better one where it is', () => {
    const metrics = {
      metrics: { rmse: 2 },
      slices: [{ column: 'a', groups: [{ value: 'x', rows: 50, metrics: { rmse: 3 } }] }],
    };
    const spec = by({ metric: 'rmse', higherIsBetter: false, column: 'a', edges: undefined, maxGap: 0.5 });
    expect(judge(spec, { evaluation: metrics })).toMatchObject({ passed: false, value: 3 });
  });
});

describe('a policy on the gain over the champion', () => {
  const policy = (values: object = {}): PolicySpec =>
    ({
      ...{
        kind: 'better-than-champion',
        id: 'b',
        metric: 'roc_auc',
        higherIsBetter: true,
        margin: 0,
        confidence: 0.95,
      },
      ...values,
    }) as PolicySpec;
  const gain = {
    metric: 'roc_auc',
    higherIsBetter: true,
    confidence: 0.95,
    gain: 0.02,
    lower: 0.004,
    upper: 0.04,
    rows: 300,
  };
  const champion = (values: object) =>
    ({ champion: { version: 3, gains: [{ ...gain, ...values }] } }) as unknown as Partial<GovernanceEvidence>;

  test('passes where the whole interval lies above the margin', () => {
    expect(judge(policy(), champion({}))).toMatchObject({
      passed: true,
      value: 0.02,
      sentence:
        'On 300 held-out rows the AUC is 0.02 better than that of the champion (version 3); with 95% confidence the true difference lies between 0.004 and 0.04, all of which must be above 0.',
    });
    expect(judge(policy({ margin: -0.01 }), champion({ lower: -0.005 }))).toMatchObject({ passed: true });
  });

  test.each([
    [policy(), champion({ lower: -0.001 }), /The gain may be luck\.$/],
    [policy({ margin: 0.01 }), champion({}), /above 0\.01\. The gain may be luck\.$/],
    [policy(), champion({ gain: -0.02, lower: -0.04, upper: -0.004 }), /0\.02 worse than/],
    [policy(), champion({ reason: 'hold out more rows' }), /can't be told: hold out more rows\./],
    [policy({ confidence: 0.9 }), champion({}), /start a new run/],
    [policy(), { champion: { version: 3, reason: 'it did not answer' } }, /it did not answer/],
    [policy(), { ...champion({}), evaluation: undefined }, /can't be used/],
  ])('fails otherwise, with the reason', (spec, more, sentence) => {
    expect(judge(spec, more)).toMatchObject({ passed: false, sentence: expect.stringMatching(sentence) });
  });

  test('passes without a champion, and for the champion itself', () => {
    expect(judge(policy())).toMatchObject({ passed: true, sentence: expect.stringContaining('no champion yet') });
    expect(judge(policy(), { champion: { version: 4 } })).toMatchObject({ passed: true });
  });
});

describe('a policy on cost', () => {
  const cost: PolicySpec = { kind: 'cost', id: 'cost', maxUsd: 2 };

  test('passes up to the amount, and fails above it', () => {
    expect(judge(cost, { cost: { usd: 2, unknown: [] } })).toMatchObject({ passed: true, value: 2 });
    expect(judge(cost, { cost: { usd: 2.0004, unknown: [] } })).toMatchObject({
      passed: false,
      sentence: 'The run cost $2.0004 by list prices, above the allowed $2.',
    });
  });

  test('fails where the cost is not known', () => {
    expect(judge(cost)).toMatchObject({
      passed: false,
      value: 'missing',
      sentence: expect.stringContaining("can't be used"),
    });
    expect(judge(cost, { cost: { usd: 0, unknown: ['Train'] } }).sentence).toContain('no price is on record for Train');
  });
});
