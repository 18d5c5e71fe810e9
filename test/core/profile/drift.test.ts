import { describe, expect, it } from 'vitest';
import { compareProfiles } from '../../../core/drift';
import { csvOf, normal, numbers, profileOf } from './sources';

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
