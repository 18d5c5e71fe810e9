import type { Quality } from './types';

/** A metric as SageMaker Model Monitor writes it; a number that does not exist is the text `NaN`. */
export interface ModelMonitorMetric {
  readonly value: number | 'NaN';
  readonly standard_deviation: number | 'NaN';
}

const F = ['f0_5', 'f1', 'f2'];
const CONSTANT = '_best_constant_classifier';

const NAMES = {
  binary: [
    ...['recall', 'precision', 'accuracy'],
    ...['recall', 'precision', 'accuracy'].map((name) => name + CONSTANT),
    ...['true_positive_rate', 'true_negative_rate', 'false_positive_rate', 'false_negative_rate'],
    ...[...F, ...F.map((name) => name + CONSTANT)],
  ],
  multiclass: ['accuracy', ...['recall', 'precision', ...F].map((name) => `weighted_${name}`)].flatMap((name) => [
    name,
    name + CONSTANT,
  ]),
  regression: ['mae', 'mse', 'rmse', 'r2'],
};

/**
 * Quality in the form of Model Monitor's model quality `statistics.json`, under its names and no others: what our AUC
 * calls `roc_auc` is `auc` there, and log loss and Brier score have no place in it.
 */
export function toModelQuality(quality: Quality): Record<string, unknown> {
  const metric = (name: string): ModelMonitorMetric => ({
    value: quality.metrics[name] ?? 'NaN',
    standard_deviation: quality.deviations[name] ?? 'NaN',
  });
  const metrics = Object.fromEntries(NAMES[quality.problem].map((name) => [name, metric(name)]));
  if (quality.problem === 'regression') return { regression_metrics: metrics };
  const classified = { confusion_matrix: quality.confusionMatrix, ...metrics };
  if (quality.problem === 'multiclass') return { multiclass_classification_metrics: classified };
  return {
    binary_classification_metrics: {
      ...classified,
      auc: metric('roc_auc'),
      receiver_operating_characteristic_curve: {
        false_positive_rates: quality.roc?.x ?? [],
        true_positive_rates: quality.roc?.y ?? [],
      },
      precision_recall_curve: {
        precisions: quality.precisionRecall?.y ?? [],
        recalls: quality.precisionRecall?.x ?? [],
      },
    },
  };
}
