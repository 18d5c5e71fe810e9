import { gzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CsvOptions, formatCsv, readCsv } from '../../../core/csv';
import { ProblemLog } from '../../../core/problems';
import { inPieces } from './streams';

async function read(content: string | Uint8Array, options: CsvOptions = {}, size = 64) {
  const problems = new ProblemLog();
  const rows: { fields: readonly string[]; line: number }[] = [];
  const visitor = { row: (fields: readonly string[], line: number) => rows.push({ fields, line }) };
  const summary = await readCsv({ file: 'a.csv', bytes: inPieces(content, size) }, problems, visitor, options);
  return {
    ...summary,
    values: rows.map((row) => row.fields),
    lines: rows.map((row) => row.line),
    ...problems.summary(),
  };
}

const cell = fc.oneof(
  fc.constantFrom('', '1', 'a,b', '"', 'say "hi"', 'x\r\ny', 'x\ny', 'é', '€', '𝄞', ' pad '),
  fc.string({ unit: 'grapheme', maxLength: 8 }).filter((text) => !text.startsWith('\ufeff')),
);
const table = fc
  .integer({ min: 2, max: 5 })
  .chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 8 }));

describe('a well-formed file', () => {
  test('comes back as it was written, whatever the size of the pieces', async () => {
    await fc.assert(
      fc.asyncProperty(table, fc.integer({ min: 1, max: 40 }), async (records, size) => {
        const result = await read(formatCsv(records), { header: false }, size);
        expect(result.total).toBe(0);
        expect(result.values).toEqual(records);
      }),
    );
  });

  test('is read as csv-parse reads it', async () => {
    await fc.assert(
      fc.asyncProperty(table, fc.constantFrom('\n', '\r\n'), async (records, end) => {
        const text = `\ufeff${formatCsv(records).replaceAll(/(?<!\r)\n/g, end)}`;
        const options = { bom: true, record_delimiter: end, skip_empty_lines: true };
        expect((await read(text, { header: false })).values).toEqual(parse(text, options));
      }),
    );
  });

  test('may have a byte order mark, CRLF, blank lines and no line end at the end', async () => {
    const result = await read('\ufeffa,b\r\n1,2\r\n\r\n3,4', {}, 1);
    expect(result).toMatchObject({
      columns: ['a', 'b'],
      values: [
        ['1', '2'],
        ['3', '4'],
      ],
      lines: [2, 4],
      total: 0,
    });
  });

  test('may be gzipped, in one member or several', async () => {
    const members = Buffer.concat([gzipSync('a,b\n1,2\n'), gzipSync('3,4\n')]);
    const result = await read(members, {}, 7);
    expect(result).toMatchObject({
      values: [
        ['1', '2'],
        ['3', '4'],
      ],
      complete: true,
      total: 0,
    });
  });

  test('keeps line numbers right after line breaks inside quotes', async () => {
    const result = await read('a,b\r\n"x\r\ny","z\nw"\r\n\r\n3,4\r\n');
    expect(result.lines).toEqual([2, 6]);
  });

  test('keeps empty fields, at the end of a row too', async () => {
    expect((await read('a,b,c\n,"",\n')).values).toEqual([['', '', '']]);
  });
});

describe('a malformed file', () => {
  test('names each ragged row by line, with the fields expected and found, and keeps the good rows', async () => {
    const result = await read('a,b\n1\n1,2\n"x,1",2,3\n');
    expect(result).toMatchObject({ values: [['1', '2']], rows: 1, badRows: 2, complete: true });
    expect(result.problems).toMatchObject([
      { code: 'ragged-row', file: 'a.csv', line: 2, message: 'The row has 1 field, 2 expected.' },
      { code: 'ragged-row', line: 4, message: 'The row has 3 fields, 2 expected.' },
    ]);
  });

  test('names the line on which a quote opens that is never closed', async () => {
    const result = await read('a,b\n1,2\n3,"4\n5,6\n7,8\n');
    expect(result).toMatchObject({ values: [['1', '2']], complete: false });
    expect(result.problems).toMatchObject([{ code: 'unclosed-quote', line: 3 }]);
  });

  test('does not collect an unclosed quote without end', async () => {
    const result = await read(`a,b\n"1,2\n${'3,4\n'.repeat(100)}`, { maxRecordLength: 100 });
    expect(result.problems).toMatchObject([{ code: 'unclosed-quote', line: 2 }]);
  });

  test.each([
    ['a,b\n1,2"3\n4,5\n', 2],
    ['a,b\n"6"7,8\n4,5\n', 1],
    ['a,b\n"1\n2"3,4\n4,5\n', 1],
  ])('goes on after a quote in the wrong place: %j', async (text, column) => {
    const result = await read(text);
    expect(result).toMatchObject({ values: [['4', '5']], badRows: 1 });
    expect(result.problems).toMatchObject([{ code: 'bad-quote', line: 2, column, field: column === 2 ? 'b' : 'a' }]);
  });

  test('names a line longer than the limit and goes on after it', async () => {
    const result = await read(`a,b\n1,${'9'.repeat(500)}\n3,4\n`, { maxRecordLength: 100 }, 50);
    expect(result).toMatchObject({ values: [['3', '4']], lines: [3], badRows: 1 });
    expect(result.problems).toMatchObject([{ code: 'record-too-long', line: 2 }]);
  });

  test('with a header longer than the limit is read no further', async () => {
    const result = await read(`${'a'.repeat(200)},b\n1,2\n`, { maxRecordLength: 100 });
    expect(result).toMatchObject({ rows: 0, complete: false, problems: [{ code: 'record-too-long', line: 1 }] });
  });

  test.each([
    [Buffer.from('a,b\n1,2\n3,caf\xe9\n5,6\n', 'latin1'), 3, /0xE9/, /Latin-1 this byte would be "é"/],
    [Buffer.from('\ufeffa,b\n1,2\n', 'utf16le'), 1, /0xFF/, /UTF-16/],
    [Buffer.concat([Buffer.from('a,b\n\ufffd,2\n3,'), Buffer.from([0xff])]), 3, /0xFF/, /UTF-8/],
    [Buffer.from('a,b\n1,€').subarray(0, 8), 2, /0xE2/, /cut off/],
    [Buffer.from([0x61, 0x0a, 0xed, 0xa0, 0x80, 0x0a]), 2, /0xED/, /UTF-8/],
  ])('names the line of a byte that is not UTF-8 (case %#)', async (bytes, line, message, hint) => {
    for (const size of [1, 2, 3, 100]) {
      const { problems, complete } = await read(bytes, {}, size);
      expect(complete).toBe(false);
      expect(problems).toMatchObject([{ code: 'not-utf8', line }]);
      expect(problems[0]!.message).toMatch(message);
      if (size === 100) expect(problems[0]!.hint).toMatch(hint);
    }
  });

  test('finds a bad byte wherever it is, and hands on the rows before it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(30), fc.integer({ min: 1, max: 20 }), async (before, size) => {
        const bytes = Buffer.concat([
          Buffer.from(`h\n${'é€𝄞\n'.repeat(before)}x`),
          Buffer.from([0xc3, 0x28]),
          Buffer.from('\ny\n'),
        ]);
        const result = await read(bytes, {}, size);
        expect(result.problems).toMatchObject([{ code: 'not-utf8', line: before + 2 }]);
        expect(result.rows).toBe(before);
      }),
    );
  });

  test('says that a gzipped file is cut off', async () => {
    const whole = gzipSync(formatCsv(Array.from({ length: 500 }, (_, i) => [`x${i}`, `${i * i}`])));
    const result = await read(whole.subarray(0, whole.length - 20));
    expect(result).toMatchObject({ complete: false, problems: [{ code: 'bad-gzip', file: 'a.csv' }] });
  });

  test.each([
    ['', 'empty-file'],
    ['\n\n', 'empty-file'],
    ['a,b\n', 'no-rows'],
  ])('without rows is a problem: %j', async (text, code) => {
    expect((await read(text)).problems).toMatchObject([{ code }]);
  });

  test('has each blank or repeated column name reported', async () => {
    const { problems } = await read('a, ,a\n1,2,3\n');
    expect(problems.map(({ code, column, line }) => ({ code, column, line }))).toEqual([
      { code: 'blank-column', column: 2, line: 1 },
      { code: 'duplicate-column', column: 3, line: 1 },
    ]);
  });

  test('with bare carriage returns is not taken for one long header', async () => {
    expect((await read('a,b\r1,2\r3,4')).problems).toMatchObject([{ code: 'bare-carriage-return', line: 1 }]);
  });

  test('never throws, whatever the bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 1, max: 50 }), async (bytes, size) => {
        const result = await read(bytes, {}, size);
        expect(result.complete || result.total > 0).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('keeps the first problems and counts them all', async () => {
    const result = await read(`a,b\n${'1\n'.repeat(50)}`);
    expect(result.problems).toHaveLength(20);
    expect(result).toMatchObject({ total: 50, byCode: { 'ragged-row': 50 } });
  });
});

test('a source that fails is no data problem: its error is thrown', async () => {
  const broken = (async function* () {
    yield new TextEncoder().encode('a,b\n');
    throw new Error('connection reset');
  })();
  const problems = new ProblemLog();
  await expect(readCsv({ bytes: broken }, problems, { row: () => undefined })).rejects.toThrow('connection reset');
});

test('reading stops where the visitor says so', async () => {
  const seen: unknown[] = [];
  const visitor = { header: () => false, row: (fields: readonly string[]) => seen.push(fields) };
  const summary = await readCsv({ bytes: inPieces('a\n1\n') }, new ProblemLog(), visitor);
  expect({ seen, complete: summary.complete }).toEqual({ seen: [], complete: false });
});
