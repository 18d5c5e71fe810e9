import { describe, expect, it } from 'vitest';
import { compareProfiles } from '../../../core/drift';
import { mergeProfiles, profileSources } from '../../../core/profile';
import { csvOf, normal, numbers, profileOf, sourceOf } from './sources';

const COLOURS = ['red', 'green', 'blue', 'black'];

interface Row {
  readonly x: number;
  readonly ties: number;
  readonly colour: string;
}

const rowsOf = (seed: number, count: number, shift = 0, colours = 3): Row[] => {
  const next = numbers(seed);
  return Array.from({ length: count }, () => ({
    x: normal(next) * (1 + shift) + shift,
    ties: Math.floor(-Math.log(1 - next()) * (3 + 3 * shift)),
    colour: COLOURS[Math.floor(next() * colours)]!,
  }));
};

const tableOf = (rows: readonly Row[]): string =>
  csvOf(
    ['x', 'ties', 'colour'],
    rows.map(({ x, ties, colour }) => [x, ties, colour]),
  );

async function compare(before: readonly Row[], after: readonly Row[]) {
  const baseline = await profileOf(tableOf(before));
  const current = await profileOf(tableOf(after), { baseline });
  return compareProfiles(baseline, current);
}

/** The largest distance of the two samples' distribution functions, by looking at every value. */
function exactKs(a: readonly number[], b: readonly number[]): number {
  const below = (values: readonly number[], x: number) => values.filter((value) => value <= x).length / values.length;
  const places = [...new Set([...a, ...b])];
  return Math.max(...places.map((x) => Math.abs(below(a, x) - below(b, x))));
}

/** Of samples of one size: the mean distance of their values in order. */
function exactWasserstein(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [a, b].map((values) => [...values].sort((p, q) => p - q)) as [number[], number[]];
  return x.reduce((sum, value, at) => sum + Math.abs(value - y[at]!), 0) / x.length;
}

/** Counts between the linear deciles of the first sample. */
function decileCounts(reference: readonly number[], values: readonly number[]): number[] {
  const sorted = [...reference].sort((p, q) => p - q);
  const decile = (tenth: number) => {
    const at = ((sorted.length - 1) * tenth) / 10;
    const low = sorted[Math.floor(at)]!;
    return low + (sorted[Math.ceil(at)]! - low) * (at - Math.floor(at));
  };
  const edges = [...new Set([1, 2, 3, 4, 5, 6, 7, 8, 9].map(decile))];
  const counts = new Array<number>(edges.length + 1).fill(0);
  for (const value of values) counts[edges.filter((edge) => edge <= value).length]! += 1;
  return counts;
}

const psiOf = (p: readonly number[], q: readonly number[]): number =>
  p.reduce((sum, count, at) => {
    const [a, b] = [count / total(p) || 1e-4, q[at]! / total(q) || 1e-4];
    return sum + (b - a) * Math.log(b / a);
  }, 0);
const total = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0);

describe('drift', () => {
  const [before, after] = [rowsOf(1, 2000), rowsOf(2, 2000, 0.5, 4)];

  it.each(['x', 'ties'] as const)('of %s is what looking at every value gives', async (name) => {
    const { features } = await compare(before, after);
    const { statistics, psiBins } = features.find((feature) => feature.name === name)!;
    const [a, b] = [before, after].map((rows) => rows.map((row) => row[name])) as [number[], number[]];
    // A thousand bins leave the place within a bin open; values that repeat have a bin of their own.
    const open = name === 'ties' ? 1e-12 : 1 / 500;
    expect(Math.abs(statistics!.ks! - exactKs(a, b))).toBeLessThanOrEqual(open);
    // In the baseline's standard deviations: past its last edge, values are known by their sum alone.
    const spread = statistics!.wasserstein! / statistics!.wasserstein_normalised!;
    expect(Math.abs(statistics!.wasserstein! - exactWasserstein(a, b)) / spread).toBeLessThan(0.02);
    expect(psiBins!.baseline).toEqual(decileCounts(a, a));
    expect(psiBins!.current).toEqual(decileCounts(a, b));
    expect(statistics!.psi).toBeCloseTo(psiOf(psiBins!.baseline, psiBins!.current), 12);
  });

  it.each([
    ['lognormal', 100_000, (next: () => number) => Math.exp(normal(next))],
    ['with a tail as heavy as Pareto’s', 100_000, (next: () => number) => (1 - next()) ** (-1 / 1.5)],
  ])('of a column that is %s: Wasserstein is within 0.003 deviations of the exact distance', async (_, count, draw) => {
    const sample = (seed: number, scale: number): number[] => {
      const next = numbers(seed);
      return Array.from({ length: count }, () => scale * draw(next));
    };
    const csv = (values: readonly number[]) =>
      csvOf(
        ['x'],
        values.map((value) => [value]),
      );
    const [a, b] = [sample(21, 1), sample(22, 1.2)];
    const baseline = await profileOf(csv(a));
    const { features } = compareProfiles(baseline, await profileOf(csv(b), { baseline }));
    const { wasserstein, wasserstein_normalised } = features[0]!.statistics!;
    const spread = wasserstein! / wasserstein_normalised!;
    expect(Math.abs(wasserstein! - exactWasserstein(a, b)) / spread).toBeLessThan(0.003);
  });

  it('of a constant baseline is measured in the deviations of what it became, whatever rounding does', async () => {
    const column = (count: number, value: (at: number) => number) =>
      csvOf(
        ['c'],
        Array.from({ length: count }, (_, at) => [value(at)]),
      );
    const edges = await profileOf(column(50, () => 0.7));
    const parts = [3, 1007, 2001].map((count, at) =>
      profileSources(
        [
          sourceOf(
            `part-${at}`,
            column(count, () => 0.7),
          ),
        ],
        { baseline: edges },
      ),
    );
    // Parts of these sizes leave 4e-32 as the sum of squared distances from the mean.
    const baseline = mergeProfiles(await Promise.all(parts));
    const against = async (value: (at: number) => number) =>
      compareProfiles(baseline, await profileOf(column(3000, value), { baseline })).features[0]!.statistics!;
    // Half of the values 0.8 and half 1: a mean distance of 0.2 with a deviation of 0.1.
    expect((await against((at) => (at % 2 === 0 ? 0.8 : 1))).wasserstein_normalised).toBeCloseTo(2, 3);
  });

  it('is found in each kind of feature, and not between two samples of one source', async () => {
    const moved = await compare(before, after);
    expect(moved.features.map(({ name, verdict }) => [name, verdict])).toEqual([
      ['x', 'drift'],
      ['ties', 'drift'],
      ['colour', 'drift'],
    ]);
    for (const seed of [3, 4, 5, 6]) {
      const still = await compare(before, rowsOf(seed, 2000));
      expect(still.drifted, JSON.stringify(still.features.map(({ reason }) => reason))).toBe(false);
    }
  });

  it('is found in a constant that starts to move, and in a column that is gone, new or of another type', async () => {
    const constant = (value: (at: number) => string | number) =>
      csvOf(
        ['c', 'd'],
        Array.from({ length: 500 }, (_, at) => [value(at), at % 7]),
      );
    const baseline = await profileOf(constant(() => 0.5));
    const against = async (text: string) => compareProfiles(baseline, await profileOf(text, { baseline }));
    const of = (report: Awaited<ReturnType<typeof against>>, name: string) =>
      report.features.find((feature) => feature.name === name)!.verdict;
    expect(of(await against(constant(() => 0.5)), 'c')).toBe('none');
    expect(of(await against(constant((at) => 0.5 + (at % 10) / 100)), 'c')).toBe('drift');
    expect(of(await against(constant(() => 'closed')), 'c')).toBe('type-changed');
    const renamed = await against(
      csvOf(
        ['e', 'd'],
        Array.from({ length: 500 }, (_, at) => [0.5, at % 7]),
      ),
    );
    expect([of(renamed, 'c'), of(renamed, 'e')]).toEqual(['missing-column', 'extra-column']);
  });

  it('is not claimed of an empty window or a window of one', async () => {
    for (const count of [0, 1]) {
      const { features } = await compare(before, after.slice(0, count));
      expect(features.filter(({ verdict }) => !['none', 'not-judged'].includes(verdict))).toEqual([]);
    }
  });
});
