import { describe, expect, it } from 'vitest';
import { measureSlices, type Outcomes } from '../../../core/quality';

const outcomes: Outcomes = { problem: 'binary', labels: [1, 0, 1, 0, 1, 0], scores: [0.9, 0.1, 0.4, 0.6, 0.8, 0.2] };

describe('slices of the held-out rows', () => {
  it('are the values of a column, each with its rows and metrics; blanks are a group of their own', () => {
    const report = measureSlices({ column: 'sex' }, ['f', 'f', 'm', 'm', 'f', ''], outcomes);
    expect(report).toMatchObject({
      groups: [
        { value: '(missing)', rows: 1, metrics: { accuracy: 1 } },
        { value: 'f', rows: 3, metrics: { roc_auc: 1, accuracy: 1 } },
        { value: 'm', rows: 2, metrics: { roc_auc: 0, accuracy: 0 } },
      ],
    });
  });

  it('are intervals between edges; a value on an edge belongs above it', () => {
    const report = measureSlices({ column: 'age', edges: [25, 40] }, ['24.9', '25', '39', '40', '77', '18'], outcomes);
    expect(report).toMatchObject({
      groups: [
        { value: 'below 25', rows: 2 },
        { value: '25 to below 40', rows: 2 },
        { value: '40 and above', rows: 2 },
      ],
    });
  });

  it('measure numbers and classes too', () => {
    const numbers: Outcomes = { problem: 'regression', labels: [1, 2, 3], scores: [1, 2, 5] };
    expect(measureSlices({ column: 'a' }, ['x', 'x', 'y'], numbers)).toMatchObject({
      groups: [{ metrics: { mae: 0 } }, { metrics: { mae: 2 } }],
    });
    const classes: Outcomes = { problem: 'multiclass', labels: ['a', 'b'], scores: ['a', 'a'] };
    expect(measureSlices({ column: 'a' }, ['x', 'y'], classes)).toMatchObject({
      groups: [{ metrics: { accuracy: 1 } }, { metrics: { accuracy: 0 } }],
    });
  });

  it('have a reason where a column can not be cut', () => {
    expect(measureSlices({ column: 'a', edges: [1] }, ['1', 'x'], outcomes)).toMatchObject({
      reason: "a has 'x' in row 2, which is no number",
    });
    const many = Array.from({ length: 101 }, (_, row) => `id-${row}`);
    const rows: Outcomes = { problem: 'binary', labels: many.map(() => 1), scores: many.map(() => 1) };
    expect(measureSlices({ column: 'id' }, many, rows)).toMatchObject({
      reason: expect.stringContaining('give edges'),
    });
  });
});
