import { deviationsOf } from './deviation';
import { finite } from './rates';
import type { Quality } from './types';

/** Measured and predicted numbers, row by row. */
export interface RegressionSample {
  readonly labels: ArrayLike<number>;
  readonly predictions: ArrayLike<number>;
}

/** Mean absolute error, mean squared error and its root, and r2 = 1 − SSE/SST (absent where every label is the same). */
export function measureRegression(sample: RegressionSample): Quality {
  const { labels, predictions } = sample;
  const deviations = deviationsOf(labels.length, (rows) =>
    measure({ labels: rows.map((row) => labels[row]!), predictions: rows.map((row) => predictions[row]!) }),
  );
  return { problem: 'regression', rows: labels.length, metrics: measure(sample), deviations };
}

export function measure({ labels, predictions }: RegressionSample): Record<string, number> {
  const rows = labels.length;
  let [absolute, squares, sum, spread] = [0, 0, 0, 0];
  for (let row = 0; row < rows; row++) {
    const error = predictions[row]! - labels[row]!;
    absolute += Math.abs(error);
    squares += error * error;
    sum += labels[row]!;
  }
  const mean = sum / rows;
  for (let row = 0; row < rows; row++) spread += (labels[row]! - mean) ** 2;
  const r2 = spread === 0 ? Number.NaN : 1 - squares / spread;
  return finite({ mae: absolute / rows, mse: squares / rows, rmse: Math.sqrt(squares / rows), r2 });
}
