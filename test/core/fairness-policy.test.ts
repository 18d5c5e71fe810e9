import { describe, expect, test } from 'vitest';
import { countCells } from '../../core/fairness';
import { evaluatePolicies, type GovernanceEvidence } from '../../core/governance';
import type { PolicySpec } from '../../lib/governance/contract';

/** 100 women of whom 40 are accepted, 100 men of whom 60 are, and 4 others; the old are accepted like the young. */
const people = [
  ...Array.from({ length: 100 }, (_, i) => ({ sex: 'f', age: 20 + (i % 50), accepted: i % 10 < 4 })),
  ...Array.from({ length: 100 }, (_, i) => ({ sex: 'm', age: 20 + (i % 50), accepted: i % 10 < 6 })),
  ...Array.from({ length: 4 }, () => ({ sex: 'x', age: 30, accepted: false })),
];
const bias = countCells(
  ['sex', 'age'],
  [people.map(({ sex }) => sex), people.map(({ age }) => String(age))],
  people.map((_, i) => i % 2),
  people.map(({ accepted }) => Number(accepted)),
);
const evidence = (found?: NonNullable<GovernanceEvidence['evaluation']>['bias']) =>
  ({
    version: { version: 3, evidence: [] },
    evaluation: { metrics: {}, ...(found && { bias: found }) },
  }) as unknown as GovernanceEvidence;
const verdict = (policy: Partial<Extract<PolicySpec, { kind: 'fairness' }>>, found = evidence(bias)) => {
  const spec = { kind: 'fairness', id: 'fair', facet: 'sex', metric: 'DPPL', minRows: 30, ...policy } as PolicySpec;
  return evaluatePolicies([spec], found).verdicts[0]!;
};

describe('a policy on fairness', () => {
  test('fails where a group is treated otherwise than the rest, and says which', () => {
    const { passed, value, threshold, sentence } = verdict({ max: 0.1 });
    expect({ passed, value, threshold }).toEqual({
      passed: false,
      value: expect.closeTo(-0.2154, 4),
      threshold: 'at most 0.1 either way',
    });
    expect(sentence).toContain('sex = f: the Difference in Positive Proportions in Predicted Labels (DPPL) is 0.1769;');
    expect(sentence).toContain('sex = m: ');
    expect(sentence).not.toContain('sex = x');
  });

  test('passes within its bound, with the group that is furthest and those too small to judge', () => {
    const { passed, sentence } = verdict({ max: 0.3 });
    expect(passed).toBe(true);
    expect(sentence).toMatch(/^sex = m: .* sex = x is not judged: 4 rows on one side are fewer than 30\.$/);
  });

  test('judges ratios, intervals of numbers and intersections', () => {
    expect(verdict({ metric: 'DI', min: 0.8 })).toMatchObject({ passed: false, threshold: 'at least 0.8 either way' });
    expect(verdict({ facet: 'age>49', max: 0.1 })).toMatchObject({ passed: true });
    expect(verdict({ facet: 'sex=m&age>49', max: 0.05 }).sentence).toContain('sex & age = m & (49, 69]');
  });

  test.each([
    ['there are no counts', verdict({ max: 0.1 }, evidence()), 'add the facet to the schema'],
    [
      'bias was not measured',
      verdict({ max: 0.1 }, evidence({ reason: 'No luck.' })),
      'Bias was not measured: No luck.',
    ],
    ['the facet is not on record', verdict({ facet: 'race', max: 0.1 }), "There is no facet 'race' on record"],
    ['a value is not there', verdict({ facet: 'sex=q', max: 0.1 }), 'No row has sex = q'],
    ['no group is large enough', verdict({ max: 0.1, minRows: 150 }), 'No group could be judged.'],
    ['its bound is none', verdict({ metric: 'DI', max: 0.1 }), "can't be judged: DI needs min"],
  ])('fails where %s', (_, { passed, sentence }, message) => {
    expect(passed).toBe(false);
    expect(sentence).toContain(message);
  });
});

test('counts by combination give what the rows give', () => {
  const total = bias.cells.reduce((all, { counts }) => all + counts.reduce((sum, count) => sum + count, 0), 0);
  expect(total).toBe(people.length);
  const many = Array.from({ length: 20_001 }, (_, i) => String(i));
  expect(() =>
    countCells(
      ['id'],
      [many],
      many.map(() => 0),
      many.map(() => 0),
    ),
  ).toThrow(/more than 20000 combinations/);
});
