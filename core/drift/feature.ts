import { sameEdges } from '../profile/merge';
import { absent, type FeatureProfile, type NumericProfile } from '../profile/types';
import { type Cdf, cdfOf, distances, shareBelow } from './cdf';
import { type ShareDistances, shareDistances } from './shares';
import { ksSurvival, robustFactor } from './special';

/** Every distance of a feature's two distributions; each under its standard name. */
export interface DriftStatistics extends ShareDistances {
  /** Kolmogorov and Smirnov's statistic, of numbers. */
  readonly ks?: number;
  readonly ks_p?: number;
  /** The first Wasserstein distance in the feature's own unit, of numbers. */
  readonly wasserstein?: number;
  /** The same in standard deviations of the baseline (of the current data where the baseline is constant). */
  readonly wasserstein_normalised?: number;
  /** Model Monitor's distance under `Simple`: of numbers the KS statistic, of texts the largest difference of a share. */
  readonly l_infinity_simple: number;
  /** The same under `Robust`: less what sampling noise of these sizes explains (Deequ). */
  readonly l_infinity_robust: number;
}

/** PSI's bins with the counts in them: numpy's histogram over the baseline's deciles, outer edges infinite. */
export interface PsiBins {
  readonly edges: readonly number[];
  readonly baseline: readonly number[];
  readonly current: readonly number[];
}

export interface Comparison {
  readonly statistics: DriftStatistics;
  readonly psiBins?: PsiBins;
}

export function compareNumeric(baseline: NumericProfile, current: NumericProfile): Comparison | undefined {
  const [f, g] = [cdfOf(baseline), cdfOf(current)];
  if (!f || !g) return undefined;
  const { ks, wasserstein } = distances(f, g);
  const psiBins = psiBinsOf(baseline, current, f, g);
  const shares = shareDistances(psiBins.baseline, psiBins.current);
  const spread = deviationOf(baseline) || deviationOf(current);
  return {
    statistics: {
      ...shares,
      ks,
      ks_p: ksSurvival(ks, f.n, g.n),
      wasserstein,
      wasserstein_normalised: wasserstein === 0 ? 0 : wasserstein / (spread || Math.abs(f.x[0]!) || 1),
      l_infinity_simple: ks,
      l_infinity_robust: Math.max(0, ks - robustFactor() * Math.sqrt((f.n + g.n) / (f.n * g.n))),
    },
    psiBins,
  };
}

export function compareText(baseline: FeatureProfile, current: FeatureProfile): Comparison | undefined {
  const [a, b] = [countsOf(baseline), countsOf(current)];
  const [n, m] = [sum(a.values()), sum(b.values())];
  if (n === 0 || m === 0) return undefined;
  const keys = [...new Set([...a.keys(), ...b.keys()])];
  const [x, y] = [keys.map((key) => a.get(key) ?? 0), keys.map((key) => b.get(key) ?? 0)];
  const shares = shareDistances(x, y);
  const noise = robustFactor() * Math.sqrt((n + m) / (n * m));
  return {
    statistics: {
      ...shares,
      l_infinity_simple: shares.l_infinity,
      l_infinity_robust: Math.max(0, shares.l_infinity - noise),
    },
  };
}

/** Categories with counts; those that a capped profile dropped, together, under a name that no category has. */
function countsOf({ text }: FeatureProfile): Map<string, number> {
  const counts = new Map(text?.counts);
  const dropped = (text?.n ?? 0) - sum(counts.values());
  if (dropped > 0) counts.set('\u0000others', dropped);
  return counts;
}

function psiBinsOf(baseline: NumericProfile, current: NumericProfile, f: Cdf, g: Cdf): PsiBins {
  const { bins } = baseline;
  const deciles = bins?.deciles.length ? bins.deciles : TENTHS.map((tenth) => quantile(f, tenth / 10));
  let edges = [...new Set(deciles)];
  // A column that is nearly constant has one decile: what lies below, at and above it, is told apart.
  if (edges.length === 1) edges = [edges[0]!, f.x.find((x) => x > edges[0]!) ?? edges[0]!];
  const isShared = bins && current.bins && sameEdges(bins.edges, current.bins.edges);
  const countIn = (profile: NumericProfile, cdf: Cdf) =>
    isShared
      ? binned(profile, edges)
      : [...edges, Number.POSITIVE_INFINITY].map((edge, at) =>
          Math.round(cdf.n * (shareBelow(cdf, edge) - (at > 0 ? shareBelow(cdf, edges[at - 1]!) : 0))),
        );
  return { edges, baseline: countIn(baseline, f), current: countIn(current, g) };
}

const TENTHS = [1, 2, 3, 4, 5, 6, 7, 8, 9];

/** Counts of the profile's bins, gathered between edges that are among its own. */
function binned({ bins }: NumericProfile, edges: readonly number[]): number[] {
  const { edges: own, counts } = bins!;
  const result = new Array<number>(edges.length + 1).fill(0);
  let at = 0;
  for (let bin = 0; bin < counts.length; bin++) {
    while (at < edges.length && bin > 0 && own[bin - 1]! >= edges[at]!) at += 1;
    result[at]! += counts[bin]!;
  }
  return result;
}

function quantile({ x, below }: Cdf, q: number): number {
  const at = below.findIndex((share) => share >= q);
  if (at <= 0) return x[0]!;
  const [low, high] = [below[at - 1]!, below[at]!];
  return x[at - 1]! + (x[at]! - x[at - 1]!) * ((q - low) / (high - low));
}

/** Standard deviation (of the population); exactly 0 where all values are one. */
export const deviationOf = ({ n, m2, min, max }: NumericProfile): number =>
  n > 0 && max > min ? Math.sqrt(m2 / n) : 0;

/** Share of rows in which the value is not there or not usable. */
export const missingShare = ({ kinds, rows }: FeatureProfile): number => (rows > 0 ? absent(kinds) / rows : 0);

function sum(values: Iterable<number>): number {
  let result = 0;
  for (const value of values) result += value;
  return result;
}
