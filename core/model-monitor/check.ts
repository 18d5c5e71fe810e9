import { compareNumeric, compareText } from '../drift/feature';
import { absent, type FeatureProfile, type Profile, present } from '../profile/types';
import { isUnique } from '../profile/unique';
import type { Constraints, FeatureConstraints } from './constraints';

/** Model Monitor's types of checks, and below them ours. */
export type CheckType =
  | 'data_type_check'
  | 'completeness_check'
  | 'baseline_drift_check'
  | 'missing_column_check'
  | 'extra_column_check'
  | 'categorical_values_check'
  | 'range_check'
  | 'uniqueness_check';

/** A rule that the data break. */
export interface Violation {
  readonly feature: string;
  readonly check: CheckType;
  /** What was wanted and what was found, in a sentence. */
  readonly message: string;
  /** What was found, as a number where it is one. */
  readonly observed?: number;
  readonly expected?: number;
}

type Found = Omit<Violation, 'feature'>;

/** Holds data against constraints, and with a baseline each distribution against the baseline's. */
export function checkConstraints(constraints: Constraints, data: Profile, baseline?: Profile): Violation[] {
  if (!constraints.settings.evaluate) return [];
  const seen = new Map(data.features.map((feature) => [feature.name, feature]));
  const usual = new Map(baseline?.features.map((feature) => [feature.name, feature]));
  const known = new Set(constraints.features.map(({ name }) => name));
  const broken = constraints.features.flatMap((rules): Violation[] => {
    if (!rules.settings.evaluate) return [];
    const feature = seen.get(rules.name);
    const found: Found[] = feature
      ? [...typeOf(rules, feature), ...completenessOf(rules, feature), ...valuesOf(rules, feature)]
      : [{ check: 'missing_column_check', message: `There is no column ${rules.name}.` }];
    const before = usual.get(rules.name);
    if (feature && before && rules.settings.compare) found.push(...driftOf(rules, before, feature));
    return found.map((each) => ({ feature: rules.name, ...each }));
  });
  const extra = data.features
    .filter(({ name, role }) => role === 'feature' && !known.has(name))
    .map(({ name }): Violation => {
      return { feature: name, check: 'extra_column_check', message: `The constraints have no column ${name}.` };
    });
  return [...broken, ...extra];
}

function typeOf({ type, settings, name }: FeatureConstraints, { kinds }: FeatureProfile): Found[] {
  const all = present(kinds);
  if (all === 0 || type === 'Unknown' || type === 'String') return [];
  const good = kinds.integral + (type === 'Fractional' ? kinds.fractional : 0);
  const expected = settings.datatypeThreshold;
  if (good / all >= expected) return [];
  const message = `${percent(good / all)} of ${name} are ${type}, ${percent(expected)} expected.`;
  return [{ check: 'data_type_check', message, observed: good / all, expected }];
}

function completenessOf(
  { completeness: expected, name }: FeatureConstraints,
  { kinds, rows }: FeatureProfile,
): Found[] {
  if (expected === undefined || rows === 0) return [];
  const observed = 1 - absent(kinds) / rows;
  if (observed >= expected) return [];
  const message = `${percent(observed)} of ${name} have a value, ${percent(expected)} expected.`;
  return [{ check: 'completeness_check', message, observed, expected }];
}

function valuesOf(rules: FeatureConstraints, feature: FeatureProfile): Found[] {
  const { name, nonNegative, minimum, maximum, unique, domains, settings } = rules;
  const found: Found[] = [];
  const { numeric, text } = feature;
  if (numeric && numeric.n > 0) {
    const [low, high] = [minimum ?? (nonNegative ? 0 : undefined), maximum];
    const range = (observed: number, expected: number, word: string): Found => {
      const message = `${name} reaches ${observed}, ${word} ${expected} is allowed.`;
      return { check: 'range_check', message, observed, expected };
    };
    if (low !== undefined && numeric.min < low) found.push(range(numeric.min, low, 'no less than'));
    if (high !== undefined && numeric.max > high) found.push(range(numeric.max, high, 'no more than'));
  }
  if (unique && present(feature.kinds) > 0 && !isUnique(feature))
    found.push({ check: 'uniqueness_check', message: `${name} has values that occur more than once.` });
  if (domains && text && text.n > 0) {
    const allowed = new Set(domains);
    const others = [...text.counts].filter(([value]) => !allowed.has(value));
    const dropped = text.n - [...text.counts.values()].reduce((sum, count) => sum + count, 0);
    const observed = 1 - (others.reduce((sum, [, count]) => sum + count, 0) + dropped) / text.n;
    const expected = settings.domainThreshold;
    if (observed < expected) {
      const example = others[0] ? `, as ${JSON.stringify(others[0][0])}` : '';
      const message = `${percent(1 - observed)} of ${name} are values that are not allowed${example}.`;
      found.push({ check: 'categorical_values_check', message, observed, expected });
    }
  }
  return found;
}

/** Under ChiSquared a feature has drifted where the test's p-value is below the threshold. */
function driftOf({ name, settings }: FeatureConstraints, before: FeatureProfile, after: FeatureProfile): Found[] {
  const isText = before.type === 'String';
  const statistics = isText
    ? compareText(before, after)?.statistics
    : before.numeric && after.numeric && compareNumeric(before.numeric, after.numeric)?.statistics;
  if (!statistics) return [];
  const check = 'baseline_drift_check';
  if (isText && settings.categoricalMethod === 'ChiSquared') {
    const [observed, expected] = [statistics.chi_squared_p, settings.categoricalThreshold];
    if (observed >= expected) return [];
    const message = `The values of ${name} differ from the baseline's: chi-squared p ${observed.toPrecision(2)} < ${expected}.`;
    return [{ check, message, observed, expected }];
  }
  const expected = isText ? settings.categoricalThreshold : settings.comparisonThreshold;
  const observed = settings.method === 'Simple' ? statistics.l_infinity_simple : statistics.l_infinity_robust;
  if (observed <= expected) return [];
  const message = `${name} differs from the baseline: distance ${observed.toFixed(3)} (${settings.method}) > ${expected}.`;
  return [{ check, message, observed, expected }];
}

/** Model Monitor's `constraint_violations.json`. */
export const toViolations = (violations: readonly Violation[]): object => ({
  violations: violations.map(({ feature, check, message }) => ({
    feature_name: feature,
    constraint_check_type: check,
    description: message,
  })),
});

const percent = (share: number): string => `${Number((100 * share).toFixed(2))}%`;
