import { describe, expect, it } from 'vitest';
import { judgeReplay, type RunResults } from '../../core/replay';

const run: RunResults = {
  trainingRows: 't',
  heldOutRows: 'h',
  files: { 'model.json': 'a', 'code/train.py': 'b' },
  predictions: 'p',
  metrics: { roc_auc: 0.9, accuracy: 0.8 },
};

describe('a replay', () => {
  it('is equal where rows, files, predictions and metrics are', () => {
    expect(judgeReplay(run, { ...run })).toMatchObject({ verdict: 'equal', differences: [] });
  });

  it('is equivalent where only the model differs, and no metric by more than the tolerance', () => {
    const other = { ...run, files: { ...run.files, 'model.json': 'x' }, metrics: { ...run.metrics, roc_auc: 0.9005 } };
    const { verdict, sentence, metrics } = judgeReplay(run, other);
    expect(verdict).toBe('equivalent');
    expect(sentence).toContain("of the model's files model.json differs");
    expect(sentence).toContain('within the tolerance of 0.001');
    expect(metrics.roc_auc!.by).toBeCloseTo(0.0005);
    expect(judgeReplay(run, other, 0.0001).verdict).toBe('different');
    expect(judgeReplay(run, { ...other, metrics: run.metrics }, 0).verdict).toBe('equivalent');
  });

  it('is different where the rows are others, however close the metrics, and says that the preparation is to blame', () => {
    for (const change of [{ heldOutRows: 'x' }, { trainingRows: 'x' }]) {
      const { verdict, sentence } = judgeReplay(run, { ...run, ...change });
      expect(verdict).toBe('different');
      expect(sentence).toContain('the preprocessing is not repeatable');
    }
    expect(judgeReplay({ ...run, trainingRows: undefined }, run).verdict).toBe('equal');
  });

  it('is different where a metric is far off or absent, and names it', () => {
    const { verdict, sentence, differences } = judgeReplay(run, { ...run, metrics: { roc_auc: 0.7 } });
    expect(verdict).toBe('different');
    expect(differences).toEqual(['accuracy was 0.8 and is absent', 'roc_auc was 0.9 and is 0.7']);
    expect(sentence).toContain('the training is not repeatable');
  });
});
