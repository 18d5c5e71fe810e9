const WORDS: Readonly<Record<string, string>> = {
  roc_auc: 'AUC',
  average_precision: 'average precision',
  log_loss: 'log loss',
  brier: 'Brier score',
  accuracy: 'accuracy',
  precision: 'precision',
  recall: 'recall',
  f1: 'F1 score',
  mae: 'mean absolute error',
  mse: 'mean squared error',
  rmse: 'root mean squared error',
  r2: 'R²',
};

/** What people call a metric; names that nobody shortened lose their underscores. */
export function wordFor(metric: string): string {
  return Object.hasOwn(WORDS, metric) ? WORDS[metric]! : metric.replaceAll('_', ' ');
}

/** A number with three decimals, or as many as it takes not to read like the bound from which it differs. */
export function tellApart(value: number, bound: number): string {
  for (let decimals = 3; decimals <= 12; decimals++) {
    const text = value.toFixed(decimals);
    if (value === bound || Number(text) !== bound) return String(Number(text));
  }
  return String(value);
}
