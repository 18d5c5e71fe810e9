import { deviationsOf } from './deviation';
import { rank } from './ranking';
import { fBeta, finite, ratio } from './rates';
import type { Quality } from './types';

/** Labels (1 positive, 0 negative) and probabilities of the positive class, row by row. */
export interface BinarySample {
  readonly labels: ArrayLike<number>;
  readonly scores: ArrayLike<number>;
}

/** @param threshold from this probability on a row is predicted positive; default 0.5. */
export function measureBinary(sample: BinarySample, threshold = 0.5): Quality {
  const { labels, scores } = sample;
  const all = measure(sample, threshold);
  const deviations = deviationsOf(labels.length, (rows) => {
    const part = { labels: rows.map((row) => labels[row]!), scores: rows.map((row) => scores[row]!) };
    return measure(part, threshold).metrics;
  });
  return { problem: 'binary', rows: labels.length, threshold, ...all, deviations };
}

/** All that is measured of rows, without how far it may be off. */
export function measure({ labels, scores }: BinarySample, threshold: number) {
  const positives: number[] = [];
  const negatives: number[] = [];
  let [tp, fp, squares, logs] = [0, 0, 0, 0];
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row]!;
    const score = scores[row]!;
    (label === 1 ? positives : negatives).push(score);
    if (score >= threshold) label === 1 ? tp++ : fp++;
    squares += (score - label) ** 2;
    logs -= Math.log(clipped(label === 1 ? score : 1 - score));
  }
  const counts = { tp, fp, fn: positives.length - tp, tn: negatives.length - fp };
  const ranking = rank(Float64Array.from(positives), Float64Array.from(negatives));
  const { roc, precisionRecall } = ranking;
  const metrics = finite({
    roc_auc: ranking.rocAuc,
    average_precision: ranking.averagePrecision,
    log_loss: logs / labels.length,
    brier: squares / labels.length,
    ...rates(counts),
    ...alwaysPositive(positives.length, negatives.length),
  });
  const confusionMatrix = { '0': { '0': counts.tn, '1': counts.fp }, '1': { '0': counts.fn, '1': counts.tp } };
  return { metrics, confusionMatrix, roc, precisionRecall };
}

export function rates({ tp, fp, fn, tn }: { tp: number; fp: number; fn: number; tn: number }) {
  const precision = ratio(tp, tp + fp);
  const recall = ratio(tp, tp + fn);
  return {
    accuracy: ratio(tp + tn, tp + fp + fn + tn),
    precision,
    recall,
    f1: fBeta(precision, recall, 1),
    f0_5: fBeta(precision, recall, 0.5),
    f2: fBeta(precision, recall, 2),
    true_positive_rate: recall,
    true_negative_rate: ratio(tn, tn + fp),
    false_positive_rate: ratio(fp, tn + fp),
    false_negative_rate: ratio(fn, tp + fn),
  };
}

/** What a classifier gets that calls every row positive: Model Monitor's yardstick for a binary problem. */
function alwaysPositive(positives: number, negatives: number) {
  const rows = positives + negatives;
  const precision = ratio(positives, rows);
  const recall = positives > 0 ? 1 : 0;
  return {
    accuracy_best_constant_classifier: precision,
    precision_best_constant_classifier: precision,
    recall_best_constant_classifier: recall,
    f1_best_constant_classifier: fBeta(precision, recall, 1),
    f0_5_best_constant_classifier: fBeta(precision, recall, 0.5),
    f2_best_constant_classifier: fBeta(precision, recall, 2),
  };
}

/** A probability kept off 0 and 1 by the machine epsilon, so that one certain mistake costs 36 and not infinity. */
export function clipped(probability: number): number {
  return Math.min(Math.max(probability, Number.EPSILON), 1 - Number.EPSILON);
}
