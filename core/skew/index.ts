import { compareProfiles, type DriftReport, type DriftThresholds } from '../drift';
import { absent, type FeatureProfile, type Profile, present } from '../profile/types';
import { formatShare } from '../report';

export type SkewKind =
  | 'missing-column'
  | 'extra-column'
  | 'type'
  | 'missing-values'
  | 'range'
  | 'new-values'
  | 'distribution';

/** One way in which a feature is served otherwise than it was trained on. */
export interface SkewFinding {
  readonly feature: string;
  readonly kind: SkewKind;
  /** What differs, with both values. */
  readonly message: string;
}

export interface SkewReport {
  readonly skewed: boolean;
  readonly findings: readonly SkewFinding[];
  /** The distances behind `distribution`, feature by feature. */
  readonly drift: DriftReport;
}

export interface SkewOptions extends Partial<DriftThresholds> {
  /** Columns of the training data that are not served, as the label. */
  readonly ignore?: readonly string[];
  /** More than this share of served values outside of what training saw is skew. Default 0.01. */
  readonly unseen?: number;
}

/**
 * Holds what a model is asked in service against what it was trained on: columns, types, missing values, ranges,
 * categories, and distributions. Types: whole numbers where training had fractions are no skew, fractions where it had
 * whole numbers are. The serving profile is best made with the training one as its baseline: shares are exact then.
 */
export function compareServing(training: Profile, serving: Profile, options: SkewOptions = {}): SkewReport {
  const { ignore = [], unseen = 0.01, ...thresholds } = options;
  const before = {
    ...training,
    features: training.features.filter((f) => f.role === 'feature' && !ignore.includes(f.name)),
  };
  const after = {
    ...serving,
    features: serving.features.filter((f) => f.role === 'feature' && !ignore.includes(f.name)),
  };
  const drift = compareProfiles(before, after, thresholds);
  const trained = new Map(before.features.map((feature) => [feature.name, feature]));
  const served = new Map(after.features.map((feature) => [feature.name, feature]));
  const findings = drift.features.flatMap(({ name, verdict, reason }): SkewFinding[] => {
    const of = (kind: SkewKind, message: string): SkewFinding => ({ feature: name, kind, message });
    const [a, b] = [trained.get(name), served.get(name)];
    if (!b) return [of('missing-column', `${name} was trained on, and is not served.`)];
    if (!a) return [of('extra-column', `${name} is served, and was not trained on.`)];
    const own = [
      ...(typeSkew(a, b) ? [of('type', `${name} was ${a.type} in training and is ${b.type} in service.`)] : []),
      ...unseenValues(a, b, unseen).map(([kind, message]) => of(kind, message)),
    ];
    const gap = share(b) - share(a);
    if (Math.abs(gap) > (thresholds.missing ?? 0.1) && b.rows > 0)
      own.push(
        of(
          'missing-values',
          `${formatShare(share(b))} of ${name} are missing in service, ${formatShare(share(a))} in training.`,
        ),
      );
    if (verdict === 'drift' && !own.some(({ kind }) => kind === 'missing-values'))
      own.push(of('distribution', `${name} is distributed otherwise: ${reason}`));
    return own;
  });
  return { skewed: findings.length > 0, findings, drift };
}

function typeSkew(a: FeatureProfile, b: FeatureProfile): boolean {
  if ([a.type, b.type].includes('Unknown')) return false;
  return a.type !== b.type && !(a.type === 'Fractional' && b.type === 'Integral');
}

/** Values beyond the range of training, and texts that it had none of. */
function unseenValues(a: FeatureProfile, b: FeatureProfile, limit: number): [SkewKind, string][] {
  if (a.type === 'String') {
    if (!a.text || !b.text || a.text.error > 0 || b.text.n === 0) return [];
    const known = a.text.counts;
    const fresh = [...b.text.counts].filter(([text]) => !known.has(text));
    const part = fresh.reduce((sum, [, count]) => sum + count, 0) / b.text.n;
    if (part <= limit) return [];
    const [first] = fresh[0]!;
    return [
      [
        'new-values',
        `${formatShare(part)} of ${a.name} are values that training had none of, as ${JSON.stringify(first)}.`,
      ],
    ];
  }
  const [x, y] = [a.numeric, b.numeric];
  if (!x || !y || x.n === 0 || y.n === 0) return [];
  const beyond = outside(x.min, x.max, y) / present(b.kinds);
  if (beyond <= limit) return [];
  return [
    [
      'range',
      `${formatShare(beyond)} of ${a.name} lie outside of ${x.min} to ${x.max}, the range of training; served are ${y.min} to ${y.max}.`,
    ],
  ];
}

/** How many values lie below `low` or above `high`: exact where these are edges, as those of the baseline are. */
function outside(
  low: number,
  high: number,
  { n, min, max, bins, sketch }: NonNullable<FeatureProfile['numeric']>,
): number {
  if (min >= low && max <= high) return 0;
  if (sketch) {
    const { values, weights } = sketch.weighted();
    return values.reduce((sum, value, at) => sum + (value < low || value > high ? weights[at]! : 0), 0);
  }
  if (!bins) return n;
  const { edges, counts } = bins;
  return counts.reduce((sum, count, bin) => {
    const below = bin < edges.length && edges[bin]! <= low;
    const above = bin > 0 && edges[bin - 1]! > high;
    return sum + (below || above ? count : 0);
  }, 0);
}

const share = (feature: FeatureProfile): number => (feature.rows > 0 ? absent(feature.kinds) / feature.rows : 0);
