import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bootstrapIntervals,
  calibrationOf,
  estimateBinary,
  isotonicCalibrator,
  measureBinary,
  type Outcomes,
} from '../../../core/quality';
import { mulberry32 } from '../../../core/random';

const probability = fc.integer({ min: 0, max: 40 }).map((n) => n / 40);
const rows = fc.array(fc.record({ label: fc.constantFrom(0, 1), score: probability }), { minLength: 2, maxLength: 80 });
const columns = (given: readonly { label: number; score: number }[]) => ({
  labels: given.map(({ label }) => label),
  scores: given.map(({ score }) => score),
});

/** Labels drawn with the probabilities that their scores are. */
function calibrated(seed: number, count: number) {
  const random = mulberry32(seed);
  const scores = Array.from({ length: count }, () => random() ** 2);
  return { scores, labels: scores.map((score) => Number(random() < score)) };
}

describe('calibration', () => {
  it('is the mean distance of probability and rate, bin by bin', () => {
    const made = calibrationOf({ scores: [0.1, 0.15, 0.82, 0.88, 1], labels: [0, 1, 1, 0, 1] });
    expect(made.bins.map(({ rows: count, positiveRate }) => [count, positiveRate])).toEqual([
      [2, 0.5],
      [2, 0.5],
      [1, 1],
    ]);
    expect(made.expected_calibration_error).toBeCloseTo((2 * 0.375 + 2 * 0.35 + 0) / 5, 12);
    expect(made.maximum_calibration_error).toBeCloseTo(0.375, 12);
  });

  it('gives the parts of the Brier score, exactly where scores are one a bin', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ label: fc.constantFrom(0, 1), at: fc.nat(9) }), { minLength: 1 }), (given) => {
        const sample = { labels: given.map(({ label }) => label), scores: given.map(({ at }) => (at + 0.5) / 10) };
        const { reliability, resolution, uncertainty } = calibrationOf(sample);
        expect(reliability - resolution + uncertainty).toBeCloseTo(measureBinary(sample).metrics.brier!, 10);
      }),
    );
  });

  it('by isotonic regression never falls, keeps the mean, and removes the error on its own rows', () => {
    fc.assert(
      fc.property(rows, (given) => {
        const sample = columns(given);
        const calibrate = isotonicCalibrator(sample);
        const grid = Array.from({ length: 101 }, (_, at) => calibrate(at / 100));
        for (let at = 1; at < grid.length; at++) expect(grid[at]).toBeGreaterThanOrEqual(grid[at - 1]!);
        expect(Math.min(...grid)).toBeGreaterThanOrEqual(0);
        expect(Math.max(...grid)).toBeLessThanOrEqual(1);
      }),
    );
    const { scores, labels } = calibrated(5, 20_000);
    const bent = scores.map((score) => score ** 3);
    const calibrate = isotonicCalibrator({ scores: bent, labels });
    expect(calibrationOf({ scores: bent, labels }).expected_calibration_error).toBeGreaterThan(0.1);
    expect(calibrationOf({ scores: bent.map(calibrate), labels }).expected_calibration_error).toBeLessThan(0.01);
  });
});

describe('performance estimated without labels', () => {
  it('is the measured one where every probability is certain', () => {
    fc.assert(
      fc.property(rows, probability, (given, threshold) => {
        const { labels, scores } = columns(given);
        // Ranked by one score and labelled by another: the calibrator knows the labels.
        const known = new Map(scores.map((score, at) => [score, labels[at]!]));
        const told = scores.map((score) => known.get(score)!);
        const estimate = estimateBinary({ scores }, { threshold, calibrate: (score) => known.get(score)! });
        const { metrics } = measureBinary({ labels: told, scores }, threshold);
        for (const [name, value] of Object.entries(estimate.metrics))
          expect(value, name).toBeCloseTo(metrics[name]!, 10);
        expect(estimate.accuracy_deviation).toBe(0);
      }),
    );
  });

  it('is within the noise of what labels show, from a histogram of scores as from the scores', () => {
    for (const seed of [1, 2, 3]) {
      const { scores, labels } = calibrated(seed, 20_000);
      const estimate = estimateBinary({ scores }, { threshold: 0.4 });
      const { metrics } = measureBinary({ labels, scores }, 0.4);
      for (const name of ['roc_auc', 'f1', 'precision', 'recall', 'brier'])
        expect(Math.abs(estimate.metrics[name]! - metrics[name]!), name).toBeLessThan(0.02);
      expect(Math.abs(estimate.metrics.accuracy! - metrics.accuracy!)).toBeLessThan(4 * estimate.accuracy_deviation);
      const counts = new Float64Array(1000);
      for (const score of scores) counts[Math.floor(score * 1000)]! += 1;
      const middles = Array.from(counts, (_, at) => (at + 0.5) / 1000);
      const binned = estimateBinary({ scores: middles, weights: counts }, { threshold: 0.4 });
      expect(binned.metrics.roc_auc).toBeCloseTo(estimate.metrics.roc_auc!, 3);
      expect(binned.rows).toBe(20_000);
    }
  });
});

describe('confidence intervals', () => {
  it('hold the true value about as often as they say', () => {
    let held = 0;
    for (let seed = 0; seed < 60; seed++) {
      const sample = calibrated(100 + seed, 300);
      const outcomes: Outcomes = { problem: 'binary', ...sample };
      const { brier } = bootstrapIntervals(['brier'], outcomes, { resamples: 200, confidence: 0.9 });
      // The mean of p(1 − p) for p the square of a uniform number: 1/3 − 1/5.
      if (brier!.lower <= 2 / 15 && 2 / 15 <= brier!.upper) held += 1;
    }
    expect(held).toBeGreaterThan(46);
    expect(held).toBeLessThan(60);
  });

  it('are the same ones each time, and absent where a metric is unknown', () => {
    const outcomes: Outcomes = { problem: 'binary', ...calibrated(9, 100) };
    const once = bootstrapIntervals(['roc_auc', 'rmse'], outcomes, { resamples: 100 });
    expect(Object.keys(once)).toEqual(['roc_auc']);
    expect(bootstrapIntervals(['roc_auc', 'rmse'], outcomes, { resamples: 100 })).toEqual(once);
  });
});
