import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BiasData, measureBias } from '../../../core/fairness/analysis';
import { codeFacet, parseFacet } from '../../../core/fairness/facets';
import { applicants } from './applicants';

const values = (data: BiasData, group: string): Record<string, number | undefined> => {
  const found = measureBias(data).find(({ value }) => value === group)!;
  const all = [...found.preTraining, ...(found.postTraining ?? [])];
  return Object.fromEntries(all.map(({ name, value }) => [name, value]));
};

/** What `smclarify` 0.5, AWS's library behind SageMaker Clarify, answers for the same rows. */
const WOMEN = {
  ...{ CDDL: 0.15446522392343837, CI: 0.1875, DPL: 0.16113360323886639, JS: 0.013553677822457325 },
  ...{ KL: 0.05570379564927333, KS: 0.16113360323886639, LP: 0.2278773270544501, TVD: 0.16113360323886639 },
  ...{ AD: 0.3076923076923077, CDDPL: 0.12476810790835184, DAR: 0.4782608695652174, DCA: 0.08695652173913049 },
  ...{ DCR: 0.04761904761904767, DI: 0.7307692307692308, DPPL: 0.13036437246963561, DRR: -0.2142857142857143 },
  ...{ FT: -0.12307692307692308, GE: 0.06089010821521117, RD: 0.4285714285714286, SD: -0.25, TE: 0.8181818181818182 },
};
const ABOVE_40 = {
  ...{ CDDL: 0.03484117021924732, CI: -0.025, DPL: 0.033458411507191976, JS: 0.0005748759028878468 },
  ...{ KL: 0.0023085170185726395, KS: 0.033458411507191976, LP: 0.047317339328930924, TVD: 0.033458411507191976 },
  ...{ AD: 0.14383989993746082, CDDPL: -0.09539876192673895, DAR: 0.28205128205128205, DCA: 0.28717948717948716 },
  ...{ DCR: 0.22286821705426363, DI: 1.2365853658536583, DPPL: -0.09099437148217632, DRR: -0.032945736434108475 },
  ...{ FT: 0.25609756097560976, GE: 0.06089010821521117, RD: 0.033868092691622054, SD: -0.22448979591836737 },
  TE: Number.NEGATIVE_INFINITY,
};

const near = (expected: Record<string, number>) =>
  Object.fromEntries(
    Object.entries(expected).map(([name, value]) => [name, Number.isFinite(value) ? expect.closeTo(value, 12) : value]),
  );

describe('the metrics of bias', () => {
  test("are those of AWS's own library, of a value and of an interval", () => {
    const { data } = applicants();
    expect(values(data, 'f')).toEqual(near(WOMEN));
    expect(values(data, '(40, 49]')).toEqual(near(ABOVE_40));
  });

  const outcome = fc.record({
    inGroup: fc.boolean(),
    label: fc.integer({ min: 0, max: 1 }),
    prediction: fc.integer({ min: 0, max: 1 }),
    stratum: fc.integer({ min: 0, max: 2 }),
  });
  const people = fc
    .array(outcome, { minLength: 4, maxLength: 80 })
    .filter((rows) => rows.some(({ inGroup }) => inGroup) && rows.some(({ inGroup }) => !inGroup));
  const dataOf = (rows: { inGroup: boolean; label: number; prediction: number; stratum: number }[]): BiasData => ({
    labels: Uint8Array.from(rows, ({ label }) => label),
    predictions: Uint8Array.from(rows, ({ prediction }) => prediction),
    facets: [codeFacet(parseFacet('g'), () => rows.map(({ inGroup }) => (inGroup ? 'in' : 'out')))],
    condition: { codes: Int32Array.from(rows, ({ stratum }) => stratum), size: 3 },
  });

  test('turn over when the groups change places', () => {
    fc.assert(
      fc.property(people, (rows) => {
        const [own, other] = [values(dataOf(rows), 'in'), values(dataOf(rows), 'out')];
        for (const name of ['CI', 'DPL', 'DPPL', 'AD', 'RD', 'SD', 'DAR', 'DRR', 'DCA', 'DCR', 'TE']) {
          expect(own[name], name).toBeCloseTo(-other[name]!, 12);
        }
        for (const name of ['JS', 'KS', 'LP', 'TVD', 'GE']) {
          if (own[name] !== undefined) expect(own[name], name).toBeCloseTo(other[name]!, 12);
        }
      }),
    );
  });

  test('do not depend on the order of rows', () => {
    fc.assert(
      fc.property(people, (rows) => {
        expect(values(dataOf([...rows].reverse()), 'in')).toEqual(values(dataOf(rows), 'in'));
      }),
    );
  });

  test('find nothing between two groups of the same people', () => {
    fc.assert(
      fc.property(people, (rows) => {
        const twins = rows.flatMap((row) => [
          { ...row, inGroup: true },
          { ...row, inGroup: false },
        ]);
        const { DI, GE, FT, CDDL, CDDPL, ...rest } = values(dataOf(twins), 'in');
        for (const [name, value] of Object.entries(rest)) expect(value ?? 0, name).toBeCloseTo(0, 12);
        if (twins.some(({ prediction }) => prediction === 1)) expect(DI).toBeCloseTo(1, 12);
      }),
    );
  });

  test('have no value, with the reason, where there is nothing to divide', () => {
    const rows = [
      { inGroup: true, label: 1, prediction: 0, stratum: 0 },
      { inGroup: false, label: 1, prediction: 0, stratum: 0 },
    ];
    const { condition, ...data } = dataOf(rows);
    const [group] = measureBias(data);
    const error = (name: string) =>
      [...group!.preTraining, ...group!.postTraining!].find((metric) => metric.name === name)?.error;
    expect(error('GE')).toBe('Every prediction is a false negative.');
    expect(error('CDDL')).toBe('No column is given by which the rows are conditioned.');
  });
});
