import type { ProblemType } from '../../lib/data/contract';

/** Rows by actual class, then by predicted class. */
export type ConfusionMatrix = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Points of a curve, in order. */
export interface Curve {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** How well predictions fit labels. A metric that has no value on these rows (an AUC of one class) is absent. */
export interface Quality {
  readonly problem: ProblemType;
  readonly rows: number;
  /** Metrics by the names that policies use: `roc_auc`, `brier`, `accuracy`, `rmse`, `weighted_f1`, … */
  readonly metrics: Readonly<Record<string, number>>;
  /** Standard deviation of each metric over random samples of the rows; empty below 200 rows. */
  readonly deviations: Readonly<Record<string, number>>;
  readonly confusionMatrix?: ConfusionMatrix;
  /** From this score on a row is predicted positive; binary only. */
  readonly threshold?: number;
  /** x: false positive rate, y: true positive rate; binary only. */
  readonly roc?: Curve;
  /** x: recall, y: precision; binary only. */
  readonly precisionRecall?: Curve;
}
