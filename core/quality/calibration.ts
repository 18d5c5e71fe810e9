import type { BinarySample } from './binary';

/** The rows whose probability lies in one tenth, say: `from` ≤ score < `to` (the last bin holds 1 as well). */
export interface CalibrationBin {
  readonly from: number;
  readonly to: number;
  readonly rows: number;
  /** Mean probability that was given to these rows. */
  readonly meanScore: number;
  /** Share of them that was positive. */
  readonly positiveRate: number;
}

/** Whether rows that were given a probability of 0.3 were positive 3 times in 10. */
export interface Calibration {
  /** Bins that hold rows; what a reliability diagram draws. */
  readonly bins: readonly CalibrationBin[];
  /** Expected calibration error: the mean distance of probability and positive rate, weighted by rows. */
  readonly expected_calibration_error: number;
  /** The largest distance of any bin. */
  readonly maximum_calibration_error: number;
  /** Murphy's parts of the Brier score over these bins: reliability − resolution + uncertainty. */
  readonly reliability: number;
  readonly resolution: number;
  readonly uncertainty: number;
}

/**
 * Calibration over bins of equal width. The errors: Naeini, Cooper, Hauskrecht, Obtaining Well Calibrated Probabilities
 * Using Bayesian Binning, AAAI 2015. The parts: Murphy, A New Vector Partition of the Probability Score, 1973.
 * @param count how many bins; default 10
 */
export function calibrationOf({ labels, scores }: BinarySample, count = 10): Calibration {
  const [rows, sums, positives] = [0, 1, 2].map(() => new Float64Array(count)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const all = labels.length;
  for (let row = 0; row < all; row++) {
    const bin = Math.min(count - 1, Math.floor(scores[row]! * count));
    rows[bin]! += 1;
    sums[bin]! += scores[row]!;
    positives[bin]! += labels[row]!;
  }
  const bins = Array.from({ length: count }, (_, at) => ({
    from: at / count,
    to: (at + 1) / count,
    rows: rows[at]!,
    meanScore: sums[at]! / rows[at]!,
    positiveRate: positives[at]! / rows[at]!,
  })).filter((bin) => bin.rows > 0);
  const base = positives.reduce((sum, value) => sum + value, 0) / all;
  const mean = (of: (bin: CalibrationBin) => number): number =>
    bins.reduce((sum, bin) => sum + (bin.rows / all) * of(bin), 0);
  const gap = (bin: CalibrationBin): number => Math.abs(bin.meanScore - bin.positiveRate);
  return {
    bins,
    expected_calibration_error: mean(gap),
    maximum_calibration_error: Math.max(0, ...bins.map(gap)),
    reliability: mean((bin) => gap(bin) ** 2),
    resolution: mean(({ positiveRate }) => (positiveRate - base) ** 2),
    uncertainty: base * (1 - base),
  };
}

/** Gives a score the probability that rows with such scores had. */
export type Calibrator = (score: number) => number;

/**
 * Isotonic regression of labels on scores: the monotone step function of least squares, by pooling adjacent violators
 * (Barlow and others, Statistical Inference under Order Restrictions, 1972; for classifiers: Zadrozny and Elkan, KDD 2002),
 * straight between the middles of its steps.
 */
export function isotonicCalibrator({ labels, scores }: BinarySample): Calibrator {
  const order = Int32Array.from(scores, (_, row) => row).sort((a, b) => scores[a]! - scores[b]!);
  const steps: { score: number; positives: number; rows: number }[] = [];
  for (let at = 0; at < order.length; ) {
    const score = scores[order[at]!]!;
    let [positives, rows] = [0, 0];
    for (; at < order.length && scores[order[at]!] === score; at++) {
      positives += labels[order[at]!]!;
      rows += 1;
    }
    let step = { score: score * rows, positives, rows };
    for (
      let last = steps.at(-1);
      last && last.positives / last.rows >= step.positives / step.rows;
      last = steps.at(-1)
    ) {
      step = {
        score: last.score + step.score,
        positives: last.positives + step.positives,
        rows: last.rows + step.rows,
      };
      steps.pop();
    }
    steps.push(step);
  }
  const [x, y] = [steps.map(({ score, rows }) => score / rows), steps.map(({ positives, rows }) => positives / rows)];
  return (score) => {
    if (score <= x[0]!) return y[0]!;
    if (score >= x.at(-1)!) return y.at(-1)!;
    let [low, high] = [0, x.length - 1];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (x[middle]! <= score) low = middle;
      else high = middle;
    }
    return y[low]! + (y[high]! - y[low]!) * ((score - x[low]!) / (x[high]! - x[low]!));
  };
}
