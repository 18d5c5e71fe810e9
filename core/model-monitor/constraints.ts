import type { FeatureProfile, FeatureType, Profile } from '../profile/types';
import { isNumber, type Named, parseDocument } from './document';

/** What a feature's values must be. A rule that is absent is not checked. */
export interface FeatureConstraints {
  readonly name: string;
  readonly type: FeatureType;
  /** Share of rows that have a value, at least. */
  readonly completeness?: number;
  readonly nonNegative?: boolean;
  /** Texts that may occur. */
  readonly domains?: readonly string[];
  /** Ours, which Model Monitor does not know: bounds of the values, both allowed. */
  readonly minimum?: number;
  readonly maximum?: number;
  /** Ours: no value may occur twice. */
  readonly unique?: boolean;
  readonly settings: CheckSettings;
}

/** How strictly it is checked: of the whole file, or of one feature. */
export interface CheckSettings {
  readonly evaluate: boolean;
  /** Share of values that must be of the type. */
  readonly datatypeThreshold: number;
  /** Share of texts that must be among the domains. */
  readonly domainThreshold: number;
  readonly compare: boolean;
  readonly comparisonThreshold: number;
  readonly method: 'Simple' | 'Robust';
  readonly categoricalThreshold: number;
  readonly categoricalMethod: 'LInfinity' | 'ChiSquared';
}

export interface Constraints {
  readonly features: readonly FeatureConstraints[];
  readonly settings: CheckSettings;
}

const DEFAULTS: CheckSettings = {
  evaluate: true,
  datatypeThreshold: 1,
  domainThreshold: 1,
  compare: true,
  comparisonThreshold: 0.1,
  method: 'Robust',
  categoricalThreshold: 0.1,
  categoricalMethod: 'LInfinity',
};

const TYPES: readonly FeatureType[] = ['Integral', 'Fractional', 'String', 'Unknown'];

/**
 * Reads Model Monitor's `constraints.json`, with all the spellings in which it was published.
 * @throws BadDocument where it is none
 */
export function readConstraints(text: string): Constraints {
  const document = parseDocument(text, 'constraints.json');
  const settings = settingsOf(document.monitoring_config, DEFAULTS);
  return { settings, features: document.features.map((feature) => featureOf(feature, settings)) };
}

function featureOf(feature: Named, settings: CheckSettings): FeatureConstraints {
  const { name, num_constraints: numbers, string_constraints: texts, extended_constraints: own } = feature;
  const overrides = [feature, numbers, texts].flatMap((part) => [
    part?.monitoringConfigOverrides ?? [],
    part?.monitoring_config_overrides ?? [],
  ]);
  const given = {
    completeness: isNumber(feature.completeness) ? feature.completeness : undefined,
    nonNegative: numbers?.is_non_negative === true || undefined,
    domains: Array.isArray(texts?.domains) ? texts.domains.map(String) : undefined,
    minimum: isNumber(own?.minimum) ? own.minimum : undefined,
    maximum: isNumber(own?.maximum) ? own.maximum : undefined,
    unique: own?.unique === true || undefined,
  };
  const rules = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const type = TYPES.find((each) => each === feature.inferred_type) ?? 'Unknown';
  return { name, type, ...rules, settings: overrides.flat().reduce(settingsOf_, settings) };
}

const settingsOf_ = (before: CheckSettings, given: unknown): CheckSettings => settingsOf(given, before);

/** @param given `monitoring_config`; of older files: `enable_comparisons` in place of `perform_comparison`. */
function settingsOf(given: unknown, before: CheckSettings): CheckSettings {
  const config = (given ?? {}) as Named;
  const compare = (config.distribution_constraints ?? {}) as Named;
  const flag = (value: unknown, otherwise: boolean): boolean =>
    typeof value === 'boolean' ? value : typeof value === 'string' ? value.toLowerCase() === 'enabled' : otherwise;
  const number = (value: unknown, otherwise: number): number => (isNumber(value) ? value : otherwise);
  const method = compare.comparison_method ?? compare.comparion_method;
  const categorical = compare.categorical_drift_method;
  return {
    evaluate: flag(config.evaluate_constraints, before.evaluate),
    datatypeThreshold: number(config.datatype_check_threshold, before.datatypeThreshold),
    domainThreshold: number(config.domain_content_threshold, before.domainThreshold),
    compare: flag(compare.perform_comparison ?? compare.enable_comparisons, before.compare),
    comparisonThreshold: number(compare.comparison_threshold, before.comparisonThreshold),
    method: method === 'Simple' || method === 'Robust' ? method : before.method,
    categoricalThreshold: number(compare.categorical_comparison_threshold, before.categoricalThreshold),
    categoricalMethod:
      categorical === 'LInfinity' || categorical === 'ChiSquared' ? categorical : before.categoricalMethod,
  };
}

/** A profile of no rows that has the constraints' columns and types: as a baseline, texts are counted as texts. */
export function schemaOf({ features }: Constraints): Profile {
  const kinds = { integral: 0, fractional: 0, text: 0, missing: 0, nan: 0, infinite: 0, unsafe: 0 };
  const made = features.map(({ name, type }): FeatureProfile => ({ name, type, role: 'feature', rows: 0, kinds }));
  return { sources: [], rows: 0, badRows: 0, features: made, problems: { total: 0, byCode: {}, problems: [] } };
}
