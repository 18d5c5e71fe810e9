/** a / b, or 0 where b is 0: a rate of no rows counts as the worst, as scikit-learn's zero_division=0 does. */
export function ratio(a: number, b: number): number {
  return b === 0 ? 0 : a / b;
}

/** F-beta: the weighted harmonic mean of precision and recall (van Rijsbergen, Information Retrieval, 1979, chapter 7). */
export function fBeta(precision: number, recall: number, beta: number): number {
  const b2 = beta * beta;
  return ratio((1 + b2) * precision * recall, b2 * precision + recall);
}

/** The entries whose value is a finite number. */
export function finite(metrics: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(metrics).filter(([, value]) => Number.isFinite(value)));
}
