import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { validateData } from '../../../core/data';
import { canonicalJson } from '../../../core/digest';
import type { DataSchema } from '../../../lib/data/contract';
import { inPieces } from '../csv/streams';

const binary: DataSchema = { label: 'y', problem: 'binary' };
const good = 'x,y\n1,0\n2,1\n3,0\n';

function validate(files: Record<string, string>, schema: DataSchema = binary) {
  const sources = Object.entries(files).map(([file, content]) => ({ file, bytes: inPieces(content) }));
  return validateData(sources, schema);
}

describe('a good dataset', () => {
  test('passes, with its columns, types and classes', async () => {
    const report = await validate(
      { 'a.csv': 'id,n,f,s,e,y\n1,1,0.5,a,,0\n2,-2,1e3,b,NaN,1\n3,,2,a,,1.0\n' },
      { ...binary, id: 'id', maxMissingShare: 1 },
    );
    expect(report).toMatchObject({ passed: true, rows: 3, badRows: 0 });
    expect(report.reason).toBeUndefined();
    expect(report.columns).toEqual([
      { name: 'id', inferredType: 'Integral', missing: 0, distinct: 3, distinctCapped: false, min: 1, max: 3 },
      { name: 'n', inferredType: 'Integral', missing: 1, distinct: 2, distinctCapped: false, min: -2, max: 1 },
      { name: 'f', inferredType: 'Fractional', missing: 0, distinct: 3, distinctCapped: false, min: 0.5, max: 1000 },
      { name: 's', inferredType: 'String', missing: 0, distinct: 2, distinctCapped: false },
      { name: 'e', inferredType: 'Unknown', missing: 3, distinct: 0, distinctCapped: false },
      { name: 'y', inferredType: 'Fractional', missing: 0, distinct: 3, distinctCapped: false, min: 0, max: 1 },
    ]);
    expect(report.label).toEqual({
      kind: 'classes',
      name: 'y',
      classes: [
        { value: '0', rows: 1 },
        { value: '1', rows: 2 },
      ],
    });
  });

  test('may come in several files with the same header, and is one table', async () => {
    const report = await validate({ 'a.csv': 'x,y\n1,0\n', 'b.csv': 'x,y\n2,1\n3,0\n' });
    expect(report).toMatchObject({
      passed: true,
      rows: 3,
      files: [
        { file: 'a.csv', rows: 1 },
        { file: 'b.csv', rows: 2 },
      ],
    });
  });

  test('with a number as label reports its range', async () => {
    const report = await validate(
      { 'a.csv': good.replaceAll(/(\d),\d/g, '1,$1') },
      { label: 'y', problem: 'regression' },
    );
    expect(report).toMatchObject({ passed: true, label: { kind: 'range', min: 1, max: 3, mean: 2 } });
  });

  test('gives the same report however its rows are split over files, and however its bytes arrive', async () => {
    const row = fc.tuple(fc.constantFrom('1', '2.5', 'a', ''), fc.constantFrom('0', '1'));
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 2, maxLength: 30 }),
        fc.nat(28),
        fc.integer({ min: 1, max: 50 }),
        async (rows, cut, size) => {
          const csv = (part: string[][]) => `x,y\n${part.map((fields) => `${fields.join(',')}\n`).join('')}`;
          const at = 1 + (cut % (rows.length - 1));
          const whole = await validateData([{ bytes: inPieces(csv(rows), size) }], binary);
          const halves = [rows.slice(0, at), rows.slice(at)].map((part) => ({ bytes: inPieces(csv(part)) }));
          const split = await validateData(halves, binary);
          expect(split.columns).toEqual(whole.columns);
          expect(split.label).toEqual(whole.label);
          expect(split).toMatchObject({ rows: whole.rows, passed: whole.passed });
          expect(JSON.parse(canonicalJson(whole))).toEqual(JSON.parse(JSON.stringify(whole)));
        },
      ),
    );
  });
});

describe('a dataset is refused', () => {
  test.each<[string, string, Partial<DataSchema>, object]>([
    [
      'without label column',
      'x,Y \n1,0\n',
      {},
      { code: 'missing-column', field: 'y', hint: 'The file has "Y ": rename it if that is the column.' },
    ],
    ['with one class', 'x,y\n1,1\n2,1\n', {}, { code: 'one-class', field: 'y', message: 'Every label is "1".' }],
    ['with a third class', 'x,y\n1,1\n2,0\n3,2\n', {}, { code: 'too-many-classes', field: 'y' }],
    ['whose classes are not the positive one', 'x,y\n1,no\n2,yes\n', {}, { code: 'bad-label', field: 'y' }],
    ['with a row that has no label', 'x,y\n1,1\n2,\n3,0\n', {}, { code: 'missing-label', line: 3, field: 'y' }],
    [
      'with a label that is no number',
      'x,y\n1,1\n2,b\n3,0\n',
      { problem: 'regression' },
      { code: 'bad-label', line: 3 },
    ],
    ['with a constant number as label', 'x,y\n1,5\n2,5\n', { problem: 'regression' }, { code: 'one-class' }],
    ['with too many missing values', 'x,y\n,1\n,0\n1,0\n', {}, { code: 'too-many-missing', field: 'x' }],
    [
      'with a column too many',
      'x,z,y\n1,1,1\n2,2,0\n',
      { features: [{ name: 'x', type: 'numeric' }] },
      { code: 'extra-column', field: 'z' },
    ],
    [
      'with text in a numeric column',
      'x,y\n1,1\nabc,0\n',
      { features: [{ name: 'x', type: 'numeric' }] },
      { code: 'bad-number', line: 3, field: 'x', message: '"abc" is no number.' },
    ],
    [
      'with too big a number',
      'x,y\n1,1\n1e400,0\n',
      { features: [{ name: 'x', type: 'numeric' }] },
      { code: 'bad-number', line: 3 },
    ],
    [
      'without a facet',
      'x,y\n1,1\n2,0\n',
      { facets: ['sex'] },
      { code: 'missing-column', message: 'The facet column "sex" is missing.' },
    ],
    [
      'with semicolons',
      'x;y\n1;0\n',
      {},
      { code: 'missing-column', hint: 'The header is one field, "x;y": separate the fields by commas.' },
    ],
    ['that is empty', '', {}, { code: 'empty-file' }],
    ['that is a header', 'x,y\n', {}, { code: 'no-rows' }],
  ])('%s', async (_, content, schema, problem) => {
    const report = await validate({ 'a.csv': content }, { ...binary, ...schema });
    expect(report.passed).toBe(false);
    expect(report.problems).toMatchObject({ total: 1, problems: [problem] });
    expect(report.reason).toContain(report.problems.problems[0]!.message);
  });

  test('when a stray text stands in a column of numbers whose type nobody declared', async () => {
    const rows = Array.from({ length: 40 }, (_, index) => `${index === 30 ? 'oops' : index},${index % 2}\n`).join('');
    const report = await validate({ 'a.csv': `x,y\n${rows}` });
    expect(report.problems.problems).toMatchObject([{ code: 'bad-number', file: 'a.csv', line: 32, field: 'x' }]);
  });

  test('when a second file has other columns, or the same in another order', async () => {
    const report = await validate({ 'a.csv': good, 'b.csv': 'x,z\n1,0\n', 'c.csv': 'y,x\n0,1\n' });
    expect(report.problems.problems).toMatchObject([
      {
        code: 'header-differs',
        file: 'b.csv',
        message: 'The header differs from that of a.csv: it lacks "y" and has "z".',
      },
      { code: 'header-differs', file: 'c.csv', message: expect.stringContaining('another order, from column 1 on') },
    ]);
    expect(report.rows).toBe(3);
  });

  test('when there is no file', async () => {
    expect(await validate({})).toMatchObject({ passed: false, rows: 0, problems: { byCode: { 'no-rows': 1 } } });
  });

  test('with one class, told also where hundreds of rows are ragged', async () => {
    const report = await validate({ 'a.csv': `x,y\n1,1\n${'1\n'.repeat(500)}` });
    expect(report.problems.byCode).toEqual({ 'one-class': 1, 'ragged-row': 500 });
    expect(report.problems.problems[0]).toMatchObject({ code: 'one-class' });
    expect(report).toMatchObject({ badRows: 500, reason: expect.stringContaining('(and 500 more)') });
  });

  test('never by an exception, whatever the bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'binary' }), { maxLength: 3 }), async (files) => {
        const report = await validate(Object.fromEntries(files.map((content, index) => [`${index}`, content])));
        expect(report.passed).toBe(report.problems.total === 0);
      }),
    );
  });
});
