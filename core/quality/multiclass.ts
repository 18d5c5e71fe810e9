import { deviationsOf } from './deviation';
import { fBeta, finite, ratio } from './rates';
import type { ConfusionMatrix, Quality } from './types';

/** Actual and predicted classes, row by row. */
export interface MulticlassSample {
  readonly labels: readonly string[];
  readonly predictions: readonly string[];
}

/**
 * Accuracy, and precision, recall and F over classes: `macro_…` is their plain mean over all classes that occur,
 * `weighted_…` their mean weighted by the rows of each actual class (scikit-learn's averages of these names).
 */
export function measureMulticlass(sample: MulticlassSample): Quality {
  const { labels, predictions } = sample;
  const confusionMatrix = confusionOf(sample);
  const deviations = deviationsOf(labels.length, (rows) => {
    const part = { labels: rows.map((row) => labels[row]!), predictions: rows.map((row) => predictions[row]!) };
    return measure(confusionOf(part), part.labels.length);
  });
  const metrics = measure(confusionMatrix, labels.length);
  return { problem: 'multiclass', rows: labels.length, metrics, deviations, confusionMatrix };
}

export function confusionOf({ labels, predictions }: MulticlassSample): ConfusionMatrix {
  const classes = [...new Set([...labels, ...predictions])].sort();
  const index = new Map(classes.map((name, at) => [name, at]));
  const counts = classes.map(() => new Array<number>(classes.length).fill(0));
  for (const [row, label] of labels.entries()) {
    counts[index.get(label)!]![index.get(predictions[row]!)!]! += 1;
  }
  const named = (row: readonly number[]) => Object.fromEntries(classes.map((name, at) => [name, row[at]!]));
  return Object.fromEntries(classes.map((name, at) => [name, named(counts[at]!)]));
}

export function measure(matrix: ConfusionMatrix, rows: number): Record<string, number> {
  const classes = Object.keys(matrix);
  const support = classes.map((name) => sum(Object.values(matrix[name]!)));
  const predicted = classes.map((name) => sum(classes.map((actual) => matrix[actual]![name]!)));
  const hits = classes.map((name) => matrix[name]![name]!);
  const most = support.indexOf(Math.max(...support));
  const constant = support.map((_, at) => (at === most ? rows : 0));
  const constantHits = support.map((count, at) => (at === most ? count : 0));
  const own = averages(hits, predicted, support, rows);
  const yardstick = averages(constantHits, constant, support, rows);
  const weighted = Object.entries(yardstick).filter(([name]) => !name.startsWith('macro_'));
  return finite({
    ...own,
    ...Object.fromEntries(weighted.map(([name, value]) => [`${name}_best_constant_classifier`, value])),
  });
}

export function averages(
  hits: readonly number[],
  predicted: readonly number[],
  support: readonly number[],
  rows: number,
) {
  const precision = hits.map((count, at) => ratio(count, predicted[at]!));
  const recall = hits.map((count, at) => ratio(count, support[at]!));
  const f = (beta: number) => hits.map((_, at) => fBeta(precision[at]!, recall[at]!, beta));
  const result: Record<string, number> = { accuracy: ratio(sum(hits), rows) };
  const perClass = { precision, recall, f1: f(1), f0_5: f(0.5), f2: f(2) };
  for (const [name, values] of Object.entries(perClass)) {
    result[`macro_${name}`] = ratio(sum(values), values.length);
    result[`weighted_${name}`] = ratio(sum(values.map((value, at) => value * support[at]!)), rows);
  }
  return result;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
