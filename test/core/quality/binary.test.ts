import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { measureBinary } from '../../../core/quality';

const labels = [1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0, 1];
const scores = [0.9, 0.8, 0.8, 0.55, 0.5, 0.4, 0.4, 0.35, 0.3, 0.2, 0.1, 0.99];

/** Scores on a coarse grid, so that ties are common; both classes occur. */
const sample = fc
  .array(fc.record({ label: fc.constantFrom(0, 1), score: fc.integer({ min: 0, max: 20 }).map((n) => n / 20) }), {
    minLength: 2,
    maxLength: 60,
  })
  .filter((rows) => new Set(rows.map((row) => row.label)).size === 2)
  .map((rows) => ({ labels: rows.map((row) => row.label), scores: rows.map((row) => row.score) }));

describe('binary metrics', () => {
  test('equal those of scikit-learn 1.9.1', () => {
    const { metrics, confusionMatrix } = measureBinary({ labels, scores });
    expect(metrics.roc_auc).toBeCloseTo(0.7777777777777778, 14);
    expect(metrics.average_precision).toBeCloseTo(0.7958333333333333, 14);
    expect(metrics.log_loss).toBeCloseTo(0.5524460533004812, 14);
    expect(metrics.brier).toBeCloseTo(0.19375833333333334, 14);
    expect(metrics.accuracy).toBeCloseTo(2 / 3, 14);
    expect(metrics.f2).toBeCloseTo(2 / 3, 14);
    expect(confusionMatrix).toEqual({ '0': { '0': 4, '1': 2 }, '1': { '0': 2, '1': 4 } });
  });

  test('give the curves of scikit-learn', () => {
    const { roc, precisionRecall } = measureBinary({ labels, scores });
    expect(roc!.x.map((x) => x * 6)).toEqual([0, 0, 0, 1, 1, 2, 3, 4, 4, 5, 6].map((n) => expect.closeTo(n, 12)));
    expect(roc!.y.map((y) => y * 6)).toEqual([0, 1, 2, 3, 4, 4, 5, 5, 6, 6, 6].map((n) => expect.closeTo(n, 12)));
    expect(precisionRecall!.y[4]).toBeCloseTo(0.8, 14);
  });

  test('have an AUC equal to the share of pairs that are ranked right, ties counting half', () => {
    fc.assert(
      fc.property(sample, (rows) => {
        let [right, pairs] = [0, 0];
        for (const [i, a] of rows.labels.entries()) {
          for (const [j, b] of rows.labels.entries()) {
            if (a !== 1 || b !== 0) continue;
            pairs += 1;
            right += rows.scores[i]! > rows.scores[j]! ? 1 : rows.scores[i] === rows.scores[j] ? 0.5 : 0;
          }
        }
        expect(measureBinary(rows).metrics.roc_auc).toBeCloseTo(right / pairs, 12);
      }),
    );
  });

  test('have an AUC that no monotone change of the scores moves, and that turns over with the labels', () => {
    fc.assert(
      fc.property(sample, (rows) => {
        const auc = measureBinary(rows).metrics.roc_auc!;
        const bent = { ...rows, scores: rows.scores.map((score) => 1 / (1 + Math.exp(-3 * score))) };
        const turned = { ...rows, labels: rows.labels.map((label) => 1 - label) };
        expect(measureBinary(bent).metrics.roc_auc).toBe(auc);
        expect(measureBinary(turned).metrics.roc_auc).toBeCloseTo(1 - auc, 12);
      }),
    );
  });

  test('do not depend on the order of rows, and agree with the confusion matrix', () => {
    fc.assert(
      fc.property(sample, fc.double({ min: 0, max: 1, noNaN: true }), (rows, threshold) => {
        const { metrics, confusionMatrix: matrix, roc } = measureBinary(rows, threshold);
        const reversed = { labels: [...rows.labels].reverse(), scores: [...rows.scores].reverse() };
        expect(measureBinary(reversed, threshold).metrics.roc_auc).toBe(metrics.roc_auc);
        const [tn, fp, fn, tp] = [matrix!['0']!['0']!, matrix!['0']!['1']!, matrix!['1']!['0']!, matrix!['1']!['1']!];
        expect(tn + fp + fn + tp).toBe(rows.labels.length);
        expect(tp + fn).toBe(rows.labels.filter((label) => label === 1).length);
        expect(metrics.accuracy).toBeCloseTo((tp + tn) / rows.labels.length, 12);
        expect(metrics.true_positive_rate! + metrics.false_negative_rate!).toBeCloseTo(1, 12);
        expect([roc!.x.at(-1), roc!.y.at(-1)]).toEqual([1, 1]);
      }),
    );
  });

  test('stay finite on a certain mistake, as in scikit-learn', () => {
    expect(measureBinary({ labels: [1, 0], scores: [0, 1] }).metrics.log_loss).toBeCloseTo(36.04365338911715, 10);
  });

  test('leave out what one class cannot tell', () => {
    const { metrics } = measureBinary({ labels: [0, 0], scores: [0.1, 0.7] });
    expect(metrics).not.toHaveProperty('roc_auc');
    expect(metrics).toMatchObject({ accuracy: 0.5, precision: 0, recall: 0 });
  });

  test('get standard deviations from 200 rows on, the same ones each time', () => {
    const rows = Array.from({ length: 300 }, (_, row) => ({ label: row % 2, score: ((row * 7919) % 300) / 300 }));
    const big = { labels: rows.map((row) => row.label), scores: rows.map((row) => row.score) };
    const { deviations, metrics } = measureBinary(big);
    expect(Object.keys(deviations).sort()).toEqual(Object.keys(metrics).sort());
    expect(deviations.roc_auc).toBeGreaterThan(0);
    expect(deviations.roc_auc).toBeLessThan(0.1);
    expect(measureBinary(big).deviations).toEqual(deviations);
    expect(measureBinary({ labels: labels.slice(0, 199), scores }).deviations).toEqual({});
  });

  test('keep curves small, whatever the number of rows', () => {
    const big = Array.from({ length: 20_000 }, (_, row) => row / 20_000);
    const { roc } = measureBinary({ labels: big.map((score) => Number(score > 0.4)), scores: big });
    expect(roc!.x.length).toBeLessThan(300);
  });
});
