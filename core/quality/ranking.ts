import type { Curve } from './types';

/** How well scores rank positives above negatives. NaN where one class is missing. */
export interface Ranking {
  /** Area under the ROC curve. */
  readonly rocAuc: number;
  readonly averagePrecision: number;
  readonly roc: Curve;
  readonly precisionRecall: Curve;
}

const CURVE_POINTS = 200;

/**
 * Ranks scores, exactly also with ties: a tie of a positive and a negative counts half, which equals the area by
 * midranks and by trapezoids (Fawcett, An introduction to ROC analysis, Pattern Recognition Letters 27, 2006, section 7;
 * Hanley and McNeil, Radiology 143, 1982). Average precision is the sum over thresholds of precision times the gain in
 * recall, without interpolation (as scikit-learn defines it). Curves keep at most about 200 of their points.
 */
export function rank(positives: Float64Array, negatives: Float64Array): Ranking {
  positives.sort();
  negatives.sort();
  const step = Math.max(1, Math.floor((positives.length + negatives.length) / CURVE_POINTS));
  const roc = { x: [0], y: [0] };
  const curve = { x: [0], y: [1] };
  let tp = 0;
  let fp = 0;
  let wins = 0;
  let averagePrecision = 0;
  for (let drawn = 0; tp < positives.length || fp < negatives.length; ) {
    const [hits, misses] = nextTie(positives, negatives, tp, fp);
    tp += hits;
    fp += misses;
    wins += hits * (negatives.length - fp) + (hits * misses) / 2;
    averagePrecision += (hits / positives.length) * (tp / (tp + fp));
    const isLast = tp === positives.length && fp === negatives.length;
    if (!isLast && tp + fp - drawn < step) continue;
    drawn = tp + fp;
    roc.x.push(fp / negatives.length);
    roc.y.push(tp / positives.length);
    curve.x.push(tp / positives.length);
    curve.y.push(tp / (tp + fp));
  }
  return { rocAuc: wins / (positives.length * negatives.length), averagePrecision, roc, precisionRecall: curve };
}

/** How many positives and negatives share the highest score that is left, with `tp` and `fp` of them taken. */
function nextTie(positives: Float64Array, negatives: Float64Array, tp: number, fp: number): [number, number] {
  const score = Math.max(
    positives[positives.length - 1 - tp] ?? Number.NEGATIVE_INFINITY,
    negatives[negatives.length - 1 - fp] ?? Number.NEGATIVE_INFINITY,
  );
  return [tied(positives, tp, score), tied(negatives, fp, score)];
}

function tied(scores: Float64Array, taken: number, score: number): number {
  let count = 0;
  while (scores[scores.length - 1 - taken - count] === score) count += 1;
  return count;
}
