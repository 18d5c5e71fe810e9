import { CATEGORY_LIMIT, distinctTexts } from '../profile/categories';
import { absent, type FeatureProfile, type Profile } from '../profile/types';
import { isUnique } from '../profile/unique';

/** A text feature with more values than this has no list of those allowed. */
const DOMAIN_LIMIT = 100;
/** A feature must have had so many values before none of them twice means anything. */
const UNIQUE_ROWS = 100;

/**
 * Rules that a table keeps, as Model Monitor's `constraints.json`, for a person to edit: type, completeness, non-negative,
 * values allowed. Ours beside them, under `extended_constraints`: a range (the one seen, widened by half of its width on
 * both sides, but not below 0 where nothing was), and `unique`.
 */
export function suggestConstraints(profile: Profile): object {
  return {
    version: 0,
    features: profile.features.map(rulesOf),
    monitoring_config: {
      evaluate_constraints: 'Enabled',
      emit_metrics: 'Enabled',
      datatype_check_threshold: 1,
      domain_content_threshold: 1,
      distribution_constraints: {
        perform_comparison: 'Enabled',
        comparison_threshold: 0.1,
        comparison_method: 'Robust',
        categorical_comparison_threshold: 0.1,
        categorical_drift_method: 'LInfinity',
      },
    },
  };
}

function rulesOf(feature: FeatureProfile): object {
  const { name, type, rows, kinds, numeric, text } = feature;
  const completeness = rows > 0 ? 1 - absent(kinds) / rows : 1;
  const common = { name, inferred_type: type, completeness };
  const unique = isUnique(feature) && rows >= UNIQUE_ROWS;
  if (type === 'String') {
    const isList = text && !unique && text.counts.size < CATEGORY_LIMIT && distinctTexts(text) <= DOMAIN_LIMIT;
    const domains = isList ? { string_constraints: { domains: [...text.counts.keys()].sort() } } : {};
    return { ...common, ...domains, ...(unique && { extended_constraints: { unique } }) };
  }
  if (!numeric || numeric.n === 0) return common;
  const { min, max } = numeric;
  const slack = (max - min) / 2;
  const range = { minimum: min >= 0 ? Math.max(0, min - slack) : min - slack, maximum: max + slack };
  // A constant may well move, and numbers that tell rows apart grow on and on.
  const own = { ...(!unique && slack > 0 && range), ...(unique && type === 'Integral' && { unique }) };
  return {
    ...common,
    num_constraints: { is_non_negative: min >= 0 },
    ...(Object.keys(own).length > 0 && { extended_constraints: own }),
  };
}
