import type { FeatureProfile, Profile } from '../profile/types';
import { formatShare } from '../report';
import {
  type Comparison,
  compareNumeric,
  compareText,
  type DriftStatistics,
  missingShare,
  type PsiBins,
} from './feature';
import { chiSquaredSurvival } from './special';

/** Effects below these are not drift, however sure they are. */
export interface DriftThresholds {
  /** Default 0.1. */
  readonly ks: number;
  /** Default 0.2. */
  readonly psi: number;
  /** Of texts: default 0.1. */
  readonly l_infinity: number;
  /** Difference of the share of rows without a value: default 0.1. */
  readonly missing: number;
  /** False discovery rate. Default 0.01. */
  readonly alpha: number;
}

export const DRIFT_DEFAULTS: DriftThresholds = { ks: 0.1, psi: 0.2, l_infinity: 0.1, missing: 0.1, alpha: 0.01 };

/** A baseline that differs from itself in time raises a feature's thresholds up to these, and no further. */
const VARIATION_CAP = { ks: 0.3, psi: 1 };

export type DriftVerdict = 'none' | 'drift' | 'missing-column' | 'extra-column' | 'type-changed' | 'not-judged';

export interface FeatureDrift {
  readonly name: string;
  readonly role: FeatureProfile['role'];
  readonly verdict: DriftVerdict;
  /** Why, in a sentence. */
  readonly reason: string;
  readonly baselineType?: FeatureProfile['type'];
  readonly currentType?: FeatureProfile['type'];
  readonly missing?: { readonly baseline: number; readonly current: number };
  readonly statistics?: DriftStatistics;
  /** The p-value of the feature's main test, and the same adjusted for all features. */
  readonly p?: number;
  readonly p_adjusted?: number;
  readonly thresholds?: { readonly ks: number; readonly psi: number; readonly l_infinity: number };
  readonly psiBins?: PsiBins;
}

export interface DriftReport {
  readonly drifted: boolean;
  readonly baselineRows: number;
  readonly currentRows: number;
  /** Features first, then predictions, each with what drifted most at the top of its kind. */
  readonly features: readonly FeatureDrift[];
}

/**
 * Compares two profiles feature by feature. A feature has drifted where its test is significant among all tests
 * (Benjamini and Hochberg, Controlling the False Discovery Rate, 1995) and its effect is large enough, so that a large
 * sample does not alarm on nothing. The effect must pass the threshold, or more where blocks of the baseline itself
 * differ more from the whole baseline.
 */
export function compareProfiles(
  baseline: Profile,
  current: Profile,
  given: Partial<DriftThresholds> = {},
): DriftReport {
  const thresholds = { ...DRIFT_DEFAULTS, ...given };
  const now = new Map(current.features.map((feature) => [feature.name, feature]));
  const names = new Set(baseline.features.map(({ name }) => name));
  const pairs = baseline.features.map((before) =>
    current.rows < MIN_ROWS ? unjudged(before, current.rows) : measure(before, now.get(before.name), thresholds),
  );
  const extra = current.features
    .filter(({ name }) => !names.has(name))
    .map(
      (feature): FeatureDrift => ({
        name: feature.name,
        role: feature.role,
        verdict: 'extra-column',
        reason: 'The baseline has no such column.',
        currentType: feature.type,
      }),
    );
  const adjusted = adjust(pairs.map(({ p }) => p));
  const features = [...pairs.map((pair, at) => decide(pair, adjusted[at], thresholds)), ...extra];
  const drifted = features.some(({ verdict }) => !['none', 'not-judged', 'extra-column'].includes(verdict));
  return { drifted, baselineRows: baseline.rows, currentRows: current.rows, features };
}

/** Chi-squared and KS say nothing of fewer rows than this. */
const MIN_ROWS = 30;

const unjudged = ({ name, role, type }: FeatureProfile, rows: number): FeatureDrift => ({
  name,
  role,
  verdict: 'not-judged',
  reason: rows === 0 ? 'There are no rows.' : `There are ${rows} rows; fewer than ${MIN_ROWS} are not judged.`,
  baselineType: type,
});

function measure(before: FeatureProfile, after: FeatureProfile | undefined, given: DriftThresholds): FeatureDrift {
  const { name, role, type } = before;
  if (!after) return { name, role, verdict: 'missing-column', reason: 'The column is gone.', baselineType: type };
  if (after.rows < MIN_ROWS) return unjudged(before, after.rows);
  const missing = { baseline: missingShare(before), current: missingShare(after) };
  const common = { name, role, baselineType: type, currentType: after.type, missing };
  const isText = type === 'String' || after.type === 'String';
  if (isText && type !== after.type && ![type, after.type].includes('Unknown')) {
    return { ...common, verdict: 'type-changed', reason: `It was ${type} and is ${after.type}.` };
  }
  const compared: Comparison | undefined = isText
    ? compareText(before, after)
    : before.numeric && after.numeric && compareNumeric(before.numeric, after.numeric);
  const tests = [missingP(before, after)];
  if (compared) tests.push(compared.statistics.ks_p ?? compared.statistics.chi_squared_p);
  const { ks = 0, psi = 0 } = before.variation ?? {};
  const thresholds = {
    ks: Math.max(given.ks, Math.min(VARIATION_CAP.ks, ks)),
    psi: Math.max(given.psi, Math.min(VARIATION_CAP.psi, psi)),
    l_infinity: given.l_infinity,
  };
  // Two tests a feature: the smaller p counts twice (Bonferroni).
  const p = Math.min(1, tests.length * Math.min(...tests));
  return { ...common, verdict: 'not-judged', reason: '', p, thresholds, ...compared };
}

function decide(pair: FeatureDrift, p_adjusted: number | undefined, given: DriftThresholds): FeatureDrift {
  if (pair.p === undefined || p_adjusted === undefined || !pair.missing || !pair.thresholds) return pair;
  const { statistics, thresholds, missing } = pair;
  const judged = { ...pair, p_adjusted };
  const found: string[] = [];
  const gap = Math.abs(missing.current - missing.baseline);
  if (gap > given.missing)
    found.push(
      `${formatShare(missing.current)} of rows have no value, in the baseline ${formatShare(missing.baseline)}`,
    );
  if (statistics?.ks !== undefined) {
    if (statistics.ks > thresholds.ks) found.push(`KS ${statistics.ks.toFixed(3)} > ${thresholds.ks.toFixed(3)}`);
    if (statistics.psi > thresholds.psi) found.push(`PSI ${statistics.psi.toFixed(3)} > ${thresholds.psi.toFixed(3)}`);
  } else if (statistics && statistics.l_infinity > thresholds.l_infinity) {
    found.push(`L-infinity ${statistics.l_infinity.toFixed(3)} > ${thresholds.l_infinity.toFixed(3)}`);
  } else if (statistics && statistics.psi > thresholds.psi) {
    found.push(`PSI ${statistics.psi.toFixed(3)} > ${thresholds.psi.toFixed(3)}`);
  }
  if (!statistics && gap <= given.missing)
    return { ...judged, verdict: 'not-judged', reason: 'There are no values to compare.' };
  if (found.length === 0) return { ...judged, verdict: 'none', reason: 'No effect is above its threshold.' };
  if (p_adjusted > given.alpha) {
    return {
      ...judged,
      verdict: 'none',
      reason: `${found.join('; ')}, which so few rows may show by chance (p ${p_adjusted.toPrecision(2)}).`,
    };
  }
  return { ...judged, verdict: 'drift', reason: `${found.join('; ')}.` };
}

/** Pearson's chi-squared on values present and absent. */
function missingP(before: FeatureProfile, after: FeatureProfile): number {
  const [a, b] = [missingShare(before) * before.rows, missingShare(after) * after.rows];
  const [n, m] = [before.rows, after.rows];
  const whole = ((a + b) * (n + m - a - b)) / (n + m);
  if (whole === 0) return 1;
  return chiSquaredSurvival((a * m - b * n) ** 2 / (n * m * whole), 1);
}

/** Adjusted p-values by Benjamini and Hochberg, as statsmodels' `fdr_bh`. */
export function adjust(given: readonly (number | undefined)[]): (number | undefined)[] {
  const order = [...given.entries()].filter((entry): entry is [number, number] => entry[1] !== undefined);
  order.sort((a, b) => b[1] - a[1]);
  const result: (number | undefined)[] = given.map(() => undefined);
  let least = 1;
  for (const [place, [at, p]] of order.entries()) {
    least = Math.min(least, (p * order.length) / (order.length - place));
    result[at] = least;
  }
  return result;
}
