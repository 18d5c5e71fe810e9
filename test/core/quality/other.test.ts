import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { measureBinary, measureMulticlass, measureRegression, toModelQuality } from '../../../core/quality';

describe('regression metrics', () => {
  test('equal those of scikit-learn 1.9.1', () => {
    const { metrics } = measureRegression({ labels: [3, -0.5, 2, 7, 4.2], predictions: [2.5, 0, 2, 8, 4.1] });
    expect(metrics.mae).toBeCloseTo(0.42, 14);
    expect(metrics.mse).toBeCloseTo(0.302, 14);
    expect(metrics.rmse).toBeCloseTo(0.5495452665613635, 14);
    expect(metrics.r2).toBeCloseTo(0.9506406903765691, 14);
  });

  test('are perfect for perfect predictions, and have no r2 where nothing varies', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1 }), (labels) => {
        const { metrics } = measureRegression({ labels, predictions: labels });
        expect(metrics).toMatchObject({ mae: 0, mse: 0, rmse: 0 });
        expect(metrics.r2).toBe(new Set(labels).size > 1 ? 1 : undefined);
      }),
    );
  });
});

describe('multiclass metrics', () => {
  const labels = ['a', 'b', 'c', 'a', 'b', 'c', 'a', 'a'];
  const predictions = ['a', 'c', 'c', 'b', 'b', 'a', 'a', 'd'];

  test('equal those of scikit-learn 1.9.1', () => {
    const { metrics, confusionMatrix } = measureMulticlass({ labels, predictions });
    expect(metrics.accuracy).toBe(0.5);
    expect(metrics.macro_precision).toBeCloseTo(0.41666666666666663, 14);
    expect(metrics.macro_recall).toBeCloseTo(0.375, 14);
    expect(metrics.macro_f1).toBeCloseTo(0.39285714285714285, 14);
    expect(metrics.macro_f2).toBeCloseTo(0.381578947368421, 14);
    expect(metrics.weighted_precision).toBeCloseTo(0.5833333333333333, 14);
    expect(metrics.weighted_recall).toBeCloseTo(0.5, 14);
    expect(metrics.weighted_f1).toBeCloseTo(0.5357142857142857, 14);
    expect(metrics.weighted_f2).toBeCloseTo(0.513157894736842, 14);
    expect(metrics.weighted_f0_5).toBeCloseTo(0.5625, 14);
    expect(confusionMatrix!.a).toEqual({ a: 2, b: 1, c: 0, d: 1 });
  });

  test('count every row once, and weigh recall to accuracy', () => {
    const classes = fc.array(fc.tuple(fc.constantFrom('x', 'y', 'z', '__proto__'), fc.constantFrom('x', 'y', 'z')), {
      minLength: 1,
    });
    fc.assert(
      fc.property(classes, (rows) => {
        const sample = { labels: rows.map(([label]) => label), predictions: rows.map(([, predicted]) => predicted) };
        const { metrics, confusionMatrix } = measureMulticlass(sample);
        const counts = Object.values(confusionMatrix!).flatMap((row) => Object.values(row));
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(rows.length);
        expect(metrics.weighted_recall).toBeCloseTo(metrics.accuracy!, 12);
      }),
    );
  });
});

describe('the form of Model Monitor', () => {
  // Four rows with the confusion matrix of the example in AWS's documentation of model quality metrics.
  const quality = measureBinary({ labels: [0, 0, 0, 1], scores: [0.1, 0.6, 0.7, 0.9] });

  test('has the values of its documented binary example', () => {
    const { binary_classification_metrics: metrics } = toModelQuality(quality) as Record<
      string,
      Record<string, unknown>
    >;
    const value = (number: number) => ({ value: expect.closeTo(number, 12), standard_deviation: 'NaN' });
    expect(metrics).toMatchObject({
      confusion_matrix: { '0': { '0': 1, '1': 2 }, '1': { '0': 0, '1': 1 } },
      recall: value(1),
      precision: value(1 / 3),
      accuracy: value(0.5),
      recall_best_constant_classifier: value(1),
      accuracy_best_constant_classifier: value(0.25),
      true_negative_rate: value(1 / 3),
      false_positive_rate: value(2 / 3),
      auc: value(1),
      f0_5: value(0.3846153846153846),
      f2: value(0.7142857142857143),
      f0_5_best_constant_classifier: value(0.29411764705882354),
      f2_best_constant_classifier: value(0.625),
    });
  });

  test('has the names of a multiclass and of a regression report, and no others', () => {
    const multiclass = toModelQuality(measureMulticlass({ labels: ['0', '1'], predictions: ['0', '0'] }));
    const own = ['accuracy', 'weighted_recall', 'weighted_precision', 'weighted_f0_5', 'weighted_f1', 'weighted_f2'];
    const names = [...own, ...own.map((name) => `${name}_best_constant_classifier`), 'confusion_matrix'];
    expect(Object.keys(multiclass.multiclass_classification_metrics as object).sort()).toEqual(names.sort());
    const regression = toModelQuality(measureRegression({ labels: [1, 1], predictions: [1, 2] }));
    expect(regression).toEqual({
      regression_metrics: {
        mae: { value: 0.5, standard_deviation: 'NaN' },
        mse: { value: 0.5, standard_deviation: 'NaN' },
        rmse: { value: Math.SQRT1_2, standard_deviation: 'NaN' },
        r2: { value: 'NaN', standard_deviation: 'NaN' },
      },
    });
  });
});
