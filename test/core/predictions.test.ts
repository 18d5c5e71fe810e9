import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluatePredictions } from '../../core/predictions';
import { inPieces } from './csv/streams';

const columns = ['x', 'y', 'z'];
const binary = { label: 'y', problem: 'binary' as const };

function evaluate(
  text: string,
  options: { expectedRows?: number } = {},
  schema: Parameters<typeof evaluatePredictions>[2] = binary,
) {
  return evaluatePredictions([{ file: 'test.csv.out', bytes: inPieces(text) }], { columns }, schema, options);
}

describe('the output of a batch transform', () => {
  test('is measured: the label from its column, the prediction from the end', async () => {
    const result = await evaluate('5,1,9,0.9\n"6,5",0,9,0.2\n7,1.0,9,0.4\n', { expectedRows: 3 });
    expect(result).toMatchObject({ passed: true, quality: { problem: 'binary', rows: 3 }, problems: { total: 0 } });
    expect(result.quality!.metrics).toMatchObject({ roc_auc: 1, accuracy: 2 / 3 });
  });

  test('may be in several files', async () => {
    const sources = ['1,1,1,0.9\n', '1,0,1,0.1\n'].map((text) => ({ bytes: inPieces(text) }));
    const result = await evaluatePredictions(sources, { columns }, binary, { expectedRows: 2 });
    expect(result).toMatchObject({ passed: true, quality: { rows: 2 } });
  });

  test('may hold the probabilities of all classes', async () => {
    const source = (text: string) => [{ bytes: inPieces(text) }];
    const text = '1,b,1,0.2,0.7,0.1\n1,c,1,0.1,0.2,0.7\n1,a,1,0.4,0.5,0.1\n';
    const layout = { columns, predictionFields: 3, classes: ['a', 'b', 'c'] };
    const multiclass = await evaluatePredictions(source(text), layout, { label: 'y', problem: 'multiclass' });
    expect(multiclass.quality!.metrics.accuracy).toBeCloseTo(2 / 3, 12);
    const two = { columns, predictionFields: 2 };
    const both = await evaluatePredictions(source('1,1,1,0.1,0.9\n1,0,1,0.8,0.2\n'), two, binary);
    expect(both.quality!.metrics.roc_auc).toBe(1);
  });

  test.each([
    ['5,1,9,nan\n5,0,9,0.1\n', { code: 'bad-prediction', line: 1, message: 'The prediction "nan" is no number.' }],
    ['5,1,9,0.9\n5,0,9,oops\n', { code: 'bad-prediction', line: 2 }],
    ['5,1,9,0.9\n5,0,9,1.5\n', { code: 'bad-prediction', line: 2, message: 'The prediction "1.5" is no probability.' }],
    ['5,1,9,0.9\n5,0,9\n', { code: 'ragged-row', line: 2, file: 'test.csv.out' }],
    ['5,1,9,0.9\n5,,9,0.2\n', { code: 'missing-label', line: 2, field: 'y' }],
  ])('with a bad row names it: %j', async (text, problem) => {
    const result = await evaluate(text, { expectedRows: 2 });
    expect(result.passed).toBe(false);
    expect(result.problems.problems[0]).toMatchObject(problem);
    expect(result.problems.total).toBe(1);
  });

  test('with fewer answers than rows is refused', async () => {
    const result = await evaluate('5,1,9,0.9\n5,0,9,0.1\n', { expectedRows: 3 });
    expect(result.problems.problems).toMatchObject([
      { code: 'missing-prediction', message: 'There are 2 predictions for 3 rows.' },
    ]);
  });

  test('that is empty has no quality', async () => {
    const result = await evaluate('');
    expect(result).toMatchObject({ passed: false, problems: { byCode: { 'empty-file': 1, 'missing-prediction': 1 } } });
    expect(result.quality).toBeUndefined();
  });

  test('of one class is refused, since nothing can be ranked', async () => {
    const result = await evaluate('5,1,9,0.9\n5,1,9,0.1\n');
    expect(result.problems.problems).toMatchObject([{ code: 'one-class', field: 'y' }]);
  });

  test('of a regression is measured by its numbers', async () => {
    const result = await evaluate('1,2.5,1,2\n1,4,1,5\n', {}, { label: 'y', problem: 'regression' });
    expect(result.quality!.metrics).toMatchObject({ mae: 0.75 });
    const bad = await evaluate('1,abc,1,2\n', {}, { label: 'y', problem: 'regression' });
    expect(bad.problems.problems[0]).toMatchObject({ code: 'bad-label', line: 1 });
  });

  test('never leads to an exception, whatever it holds', async () => {
    const problem = fc.constantFrom('binary' as const, 'multiclass' as const, 'regression' as const);
    const field = fc.constantFrom('0', '1', '0.5', 'nan', '', 'x', '-1', '1e999');
    const rows = fc.array(fc.array(field, { minLength: 3, maxLength: 5 }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(rows, problem, async (lines, kind) => {
        const text = lines.map((line) => line.join(',')).join('\n');
        const result = await evaluate(text, {}, { label: 'y', problem: kind });
        expect(result.passed).toBe(result.problems.total === 0);
        expect(Object.values(result.quality?.metrics ?? {}).every(Number.isFinite)).toBe(true);
      }),
    );
  });

  test('cannot be read without the label among its columns', async () => {
    await expect(evaluatePredictions([{ bytes: inPieces('1') }], { columns: ['x'] }, binary)).rejects.toThrow(
      /"y" is none/,
    );
  });
});
