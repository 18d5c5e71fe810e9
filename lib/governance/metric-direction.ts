/** Metrics of our evaluations of which a lower value is the better one. */
const LOWER_IS_BETTER: readonly string[] = [
  'brier',
  'false_negative_rate',
  'false_positive_rate',
  'log_loss',
  'mae',
  'mse',
  'rmse',
];
/** Metrics of our evaluations of which a higher value is the better one. */
const HIGHER_IS_BETTER: readonly string[] = [
  'accuracy',
  'average_precision',
  'f0_5',
  'f1',
  'f2',
  'macro_f1',
  'macro_precision',
  'macro_recall',
  'precision',
  'r2',
  'recall',
  'roc_auc',
  'true_negative_rate',
  'true_positive_rate',
  'weighted_f0_5',
  'weighted_f1',
  'weighted_f2',
  'weighted_precision',
  'weighted_recall',
];

/**
 * Whether a higher value of a metric is the better one.
 * @throws Error for a metric that is not one of ours: a guess could let a worse model pass.
 */
export function higherIsBetterFor(metric: string, policy = 'beatsChampion'): boolean {
  if (LOWER_IS_BETTER.includes(metric)) return false;
  if (HIGHER_IS_BETTER.includes(metric)) return true;
  throw new Error(
    `Policy.${policy}: it is not known whether a higher '${metric}' is better; say higherIsBetter. ` +
      `Known are: ${[...HIGHER_IS_BETTER, ...LOWER_IS_BETTER].sort().join(', ')}.`,
  );
}
