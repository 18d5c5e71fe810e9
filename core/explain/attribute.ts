import { contributionsOf, pointsOf, type Walk } from './walks';

/** What drives one output of a model, over all explained rows. */
export interface Attributions {
  /** The mean answer for the background rows: what each row's values start from. */
  readonly expectedValue: number;
  /** By feature, the mean over the rows of how far it moves the answer, either way; the strongest first. */
  readonly features: readonly { readonly name: string; readonly value: number }[];
}

/** A row's Shapley values, estimated: the mean over its walks of what each feature adds. */
export interface RowAttribution {
  readonly row: number;
  readonly values: Float64Array;
}

/**
 * Estimates each row's Shapley values by sampled orders (Castro, Gómez and Tejada, 2009; Štrumbelj and Kononenko, 2014).
 * @param answers the model's answers at the points of the walks, one walk after the other
 */
export function attributeRows(walks: readonly Walk[], answers: ArrayLike<number>): RowAttribution[] {
  const rows = new Map<number, { readonly values: Float64Array; walks: number }>();
  let at = 0;
  for (const walk of walks) {
    const added = contributionsOf(walk, answers, at);
    const known = rows.get(walk.row) ?? { values: new Float64Array(added.length), walks: 0 };
    for (const [feature, value] of added.entries()) known.values[feature]! += value;
    known.walks += 1;
    rows.set(walk.row, known);
    at += pointsOf(walk);
  }
  return [...rows].map(([row, { values, walks: count }]) => ({ row, values: values.map((sum) => sum / count) }));
}

/** @param features names of the features, in the order of the walks' places */
export function attribute(
  walks: readonly Walk[],
  answers: ArrayLike<number>,
  features: readonly string[],
): Attributions {
  const rows = attributeRows(walks, answers);
  const starts: number[] = [];
  let at = 0;
  for (const walk of walks) {
    starts.push(answers[at]!);
    at += pointsOf(walk);
  }
  const influence = features.map((name, feature) => ({
    name,
    value: rows.reduce((sum, { values }) => sum + Math.abs(values[feature]!), 0) / rows.length,
  }));
  return {
    expectedValue: starts.reduce((sum, start) => sum + start, 0) / starts.length,
    features: influence.sort((a, b) => b.value - a.value),
  };
}
