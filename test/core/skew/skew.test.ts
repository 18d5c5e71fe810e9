import { describe, expect, it } from 'vitest';
import { compareServing } from '../../../core/skew';
import { csvOf, normal, numbers, profileOf } from '../profile/sources';

type Row = Record<string, string | number>;

const rowsOf = (seed: number, change: (row: Row, at: number) => Row = (row) => row): Row[] => {
  const next = numbers(seed);
  return Array.from({ length: 2000 }, (_, at) =>
    change({ age: 20 + Math.floor(next() * 50), x: normal(next).toFixed(3), plan: ['a', 'b'][at % 2]! }, at),
  );
};
const tableOf = (rows: readonly Row[]) =>
  csvOf(
    Object.keys(rows[0]!),
    rows.map((row) => Object.values(row)),
  );

async function findings(change?: (row: Row, at: number) => Row, ignore: string[] = []) {
  const training = await profileOf(tableOf(rowsOf(1)));
  const serving = await profileOf(tableOf(rowsOf(2, change)), { baseline: training });
  const { skewed, findings: found } = compareServing(training, serving, { ignore });
  expect(skewed).toBe(found.length > 0);
  return found.map(({ feature, kind }) => `${feature}: ${kind}`);
}

describe('skew of training and serving', () => {
  it('is none between two samples of one source', async () => {
    expect(await findings()).toEqual([]);
  });

  it.each<[string, (row: Row, at: number) => Row, string]>([
    ['a column that is gone', ({ age: _, ...row }) => row, 'age: missing-column'],
    ['a column that is new', (row) => ({ ...row, id: 7 }), 'id: extra-column'],
    ['numbers that became text', (row) => ({ ...row, age: `${row.age} years` }), 'age: type'],
    ['whole numbers that became fractions', (row) => ({ ...row, age: Number(row.age) + 0.5 }), 'age: type'],
    ['values that are missing', (row, at) => ({ ...row, x: at % 3 ? row.x! : '' }), 'x: missing-values'],
    [
      'a category that training had none of',
      (row, at) => ({ ...row, plan: at % 20 ? row.plan! : 'c' }),
      'plan: new-values',
    ],
    ['values out of range', (row, at) => ({ ...row, age: at % 20 ? row.age! : 999 }), 'age: range'],
    ['another distribution in the same range', (row) => ({ ...row, x: Number(row.x) / 2 }), 'x: distribution'],
  ])('is %s', async (_, change, expected) => {
    expect(await findings(change)).toContain(expected);
  });

  it('leaves out what is not served, as the label', async () => {
    expect(await findings(({ plan: _, ...row }) => row, ['plan'])).toEqual([]);
  });
});
