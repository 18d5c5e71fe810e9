import { once } from 'node:events';
import { createReadStream, createWriteStream, statSync } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { parse } from 'csv-parse';
import { readCsv } from '../core/csv';
import { validateData } from '../core/data';
import { ProblemLog } from '../core/problems';
import { type Figure, interleaved, seconds } from './figure';
import { inWorkspace, note } from './workspace';

const ROUNDS = 5;
const ROWS = 100_000;
const COLUMNS = 20;

/** A table of a label and numbers, the same in each run. */
async function generate(file: string): Promise<void> {
  const out = createWriteStream(file);
  out.write(`label,${Array.from({ length: COLUMNS }, (_, column) => `x${column}`).join(',')}\n`);
  for (let row = 0; row < ROWS; row++) {
    const values = Array.from({ length: COLUMNS }, (_, column) => (Math.sin(row * COLUMNS + column) * 100).toFixed(6));
    if (!out.write(`${row % 2},${values.join(',')}\n`)) await once(out, 'drain');
  }
  out.end();
  await finished(out);
}

function expectRows(reader: string, rows: number): void {
  if (rows !== ROWS) throw new Error(`${reader} read ${rows} of ${ROWS} rows.`);
}

const readers = {
  read: async (file: string): Promise<void> => {
    let rows = 0;
    await readCsv({ bytes: createReadStream(file) }, new ProblemLog(), { row: () => void rows++ });
    expectRows('readCsv', rows);
  },
  validate: async (file: string): Promise<void> => {
    const { passed, rows, reason } = await validateData([{ bytes: createReadStream(file) }], {
      label: 'label',
      problem: 'binary',
    });
    if (!passed) throw new Error(`The generated table was refused: ${reason}`);
    expectRows('validateData', rows);
  },
  csvParse: async (file: string): Promise<void> => {
    let rows = -1;
    for await (const _ of createReadStream(file).pipe(parse())) rows++;
    expectRows('csv-parse', rows);
  },
};

/** Our reader, and our validation on top of it, beside csv-parse, which only reads. */
export async function csv(): Promise<Figure[]> {
  return inWorkspace(async (folder) => {
    const file = join(folder, 'table.csv');
    await generate(file);
    const megabytes = statSync(file).size / 1e6;
    note(`${ROWS} rows, ${COLUMNS + 1} columns, ${megabytes.toFixed(1)} MB`);
    const samples = await interleaved(ROUNDS, {
      read: () => seconds(() => readers.read(file)),
      validate: () => seconds(() => readers.validate(file)),
      csvParse: () => seconds(() => readers.csvParse(file)),
    });
    const peer = { name: 'csv-parse', samples: samples.csvParse };
    const what = `${megabytes.toFixed(0)} MB of CSV`;
    return [
      { name: `${what}: read`, unit: 's', samples: samples.read, peer },
      { name: `${what}: read and validated`, unit: 's', samples: samples.validate, peer },
    ];
  });
}
