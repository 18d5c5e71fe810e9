import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bootstrapGain, type Outcomes, quantile, statisticOf } from '../../../core/quality';

/** Pseudo-random numbers that the reference values were computed from as well. */
const numbers = (seed: number, count: number): number[] => {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = Number((BigInt(state) * 1103515245n + 12345n) % 2147483648n);
    return state / 2147483648;
  });
};
const [u, v, w] = [numbers(1, 120), numbers(2, 120), numbers(3, 120)];
const labels = u.map((value) => Number(value < 0.4));
const clip = (value: number): number => Math.round(Math.min(1, Math.max(0, value)) * 100) / 100;
const binary = (scores: number[]): Outcomes => ({ problem: 'binary', labels, scores });
const own = binary(v.map((value, row) => clip(0.5 * value + 0.4 * labels[row]!)));
const rival = binary(w.map((value, row) => clip(0.8 * value + 0.15 * labels[row]!)));
const weights = labels.map((_, row) => row % 4);
const auc = { metric: 'roc_auc', higherIsBetter: true, confidence: 0.95 };

describe('metrics of weighted rows', () => {
  // scikit-learn 1.9.1 with sample_weight.
  it.each([
    ['roc_auc', own, 0.9688900268851619],
    ['average_precision', own, 0.9588692520449928],
    ['brier', own, 0.10564555555555556],
    ['f1', own, 0.8854961832061069],
    ['mae', { problem: 'regression', labels: v, scores: own.scores } as Outcomes, 0.2134744439141618],
    ['r2', { problem: 'regression', labels: v, scores: own.scores } as Outcomes, 0.3427846989262776],
  ])('%s is what scikit-learn gives', (metric, outcomes, expected) => {
    expect(statisticOf(metric, outcomes)!(weights)).toBeCloseTo(expected, 12);
  });

  it('knows no metric of another problem', () => {
    expect(statisticOf('rmse', own)).toBeUndefined();
    expect(statisticOf('roc_auc', { problem: 'multiclass', labels: ['a'], scores: ['a'] })).toBeUndefined();
  });
});

describe('the gain over a rival', () => {
  it('has the interval that scipy.stats.bootstrap gives, within the noise of 1,000 resamples', () => {
    const gain = bootstrapGain(auc, own, rival);
    expect(gain).toMatchObject({ gain: expect.closeTo(0.32884837962962976, 12), rows: 120, resamples: 1000 });
    // scipy 1.17.1, percentile, 20,000 resamples.
    expect(gain).toMatchObject({ lower: expect.closeTo(0.2315, 1.5), upper: expect.closeTo(0.4347, 1.5) });
  });

  it('is the same each time, and another with another seed', () => {
    expect(bootstrapGain(auc, own, rival)).toEqual(bootstrapGain(auc, own, rival));
    const other = bootstrapGain(auc, own, rival, { seed: 7 });
    expect(other).not.toMatchObject({ lower: (bootstrapGain(auc, own, rival) as { lower: number }).lower });
  });

  it('is nothing at all between a model and itself, and turns around with the models', () => {
    expect(bootstrapGain(auc, own, own)).toMatchObject({ gain: 0, lower: 0, upper: 0 });
    const [there, back] = [bootstrapGain(auc, own, rival), bootstrapGain(auc, rival, own)] as {
      lower: number;
      upper: number;
    }[];
    expect(back!.upper).toBeCloseTo(-there!.lower, 12);
    expect(back!.lower).toBeCloseTo(-there!.upper, 12);
  });

  it('counts a lower value as a gain where lower is better', () => {
    const brier = { metric: 'brier', higherIsBetter: false, confidence: 0.9 };
    expect((bootstrapGain(brier, own, rival) as { gain: number }).gain).toBeGreaterThan(0);
  });

  it.each([
    ['the rows are others', auc, { ...rival, labels: labels.map((label) => 1 - label) } as Outcomes, /same rows/],
    ['the metric is unknown', { ...auc, metric: 'charm' }, rival, /no metric charm/],
  ])('is not told where %s', (_, comparison, against, reason) => {
    expect(bootstrapGain(comparison, own, against)).toMatchObject({ reason: expect.stringMatching(reason) });
  });

  it('is not told from rows of which many resamples lack a class', () => {
    const few: Outcomes = { problem: 'binary', labels: [1, 0, 0], scores: [0.9, 0.1, 0.2] };
    expect(bootstrapGain(auc, few, few)).toMatchObject({ reason: expect.stringContaining('hold out more rows') });
  });
});

describe('a quantile', () => {
  it('is what numpy gives', () => {
    const sorted = numbers(7, 101)
      .map((value) => Math.round(value * 10_000) / 1000)
      .sort((a, b) => a - b);
    expect([0.025, 0.5, 0.975].map((share) => quantile(sorted, share))).toEqual(
      [0.1135, 5.163, 9.822].map((value) => expect.closeTo(value, 9)),
    );
  });

  it('lies between the least and the greatest value, and never falls', () => {
    const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (given, share) => {
        const sorted = Float64Array.from(given).sort();
        const value = quantile(sorted, share);
        expect(value).toBeGreaterThanOrEqual(sorted[0]! - 1e-6);
        expect(value).toBeLessThanOrEqual(sorted.at(-1)! + 1e-6);
        expect(quantile(sorted, share / 2)).toBeLessThanOrEqual(value + 1e-6);
      }),
    );
  });
});
