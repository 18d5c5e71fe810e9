import { rates } from './binary';
import type { Calibrator } from './calibration';
import { finite } from './rates';

/** Answers without labels: probabilities of the positive class, each as often as its weight says (default once). */
export interface Answers {
  readonly scores: ArrayLike<number>;
  readonly weights?: ArrayLike<number>;
}

export interface EstimateOptions {
  /** From this probability on a row is predicted positive. Default 0.5. */
  readonly threshold?: number;
  /** Turns a score into a probability; made of rows with labels. @default - scores are calibrated already */
  readonly calibrate?: Calibrator;
}

/** What the metrics would be if scores are calibrated, and what share of rows each cell is expected to hold. */
export interface Estimate {
  readonly rows: number;
  readonly threshold: number;
  /** By the names of measured metrics. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly expected: { readonly tp: number; readonly fp: number; readonly fn: number; readonly tn: number };
  /** Standard deviation of the accuracy that labels drawn with these probabilities would show. */
  readonly accuracy_deviation: number;
}

/**
 * Confidence-based performance estimation (CBPE, as NannyML's documentation defines it): a row of probability p that is
 * predicted positive is a true positive with p and a false one with 1 − p. Its sums are the expected confusion matrix, of
 * which the metrics are taken; for the area under the curve, at each score as a threshold. It holds while labels depend on
 * the inputs as they did: a change of that (concept drift) can't be seen without labels.
 */
export function estimateBinary({ scores, weights }: Answers, options: EstimateOptions = {}): Estimate {
  const { threshold = 0.5, calibrate = (score: number) => score } = options;
  const [probabilities, shares] = [Float64Array.from(scores, (s) => clamped(calibrate(s))), Float64Array.from(scores)];
  const weightOf = (row: number): number => (weights ? weights[row]! : 1);
  let [tp, fp, fn, tn, rows, variance, squares] = [0, 0, 0, 0, 0, 0, 0];
  for (let row = 0; row < shares.length; row++) {
    const [p, weight] = [probabilities[row]!, weightOf(row)];
    rows += weight;
    variance += weight * p * (1 - p);
    squares += weight * (p * (1 - shares[row]!) ** 2 + (1 - p) * shares[row]! ** 2);
    if (shares[row]! >= threshold) {
      tp += weight * p;
      fp += weight * (1 - p);
    } else {
      fn += weight * p;
      tn += weight * (1 - p);
    }
  }
  const metrics = finite({
    roc_auc: areaOf(shares, probabilities, weightOf),
    brier: squares / rows,
    ...rates({ tp, fp, fn, tn }),
  });
  return { rows, threshold, metrics, expected: { tp, fp, fn, tn }, accuracy_deviation: Math.sqrt(variance) / rows };
}

const clamped = (p: number): number => Math.min(1, Math.max(0, p));

/** The area under the expected ROC curve: rows from the highest score down, equal scores at once. */
function areaOf(scores: Float64Array, p: Float64Array, weightOf: (row: number) => number): number {
  const order = Int32Array.from(scores, (_, row) => row).sort((a, b) => scores[b]! - scores[a]!);
  let [positives, negatives, area] = [0, 0, 0];
  for (let at = 0; at < order.length; ) {
    const score = scores[order[at]!]!;
    let [up, right] = [0, 0];
    for (; at < order.length && scores[order[at]!] === score; at++) {
      const row = order[at]!;
      up += weightOf(row) * p[row]!;
      right += weightOf(row) * (1 - p[row]!);
    }
    area += right * (positives + up / 2);
    positives += up;
    negatives += right;
  }
  return area / (positives * negatives);
}
