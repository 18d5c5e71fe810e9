import { decompressed, GzipError } from '../csv/bytes';
import { CaptureScanner } from './capture';
import { CsvScanner } from './csv';
import { JsonScanner } from './json';
import { readParquet } from './parquet';
import type { Table } from './table';

export type SourceFormat = 'csv' | 'jsonl' | 'capture' | 'parquet';

/** A range of a file, for formats that are not read from front to back. */
export interface RandomAccess {
  readonly byteLength: number;
  slice(start: number, end?: number): Promise<ArrayBuffer>;
}

/** A file that can be read, more than once if need be. */
export interface DataSource {
  /** Tells the source apart from others; the order of keys is the order of reading. */
  readonly key: string;
  readonly size: number;
  open(): AsyncIterable<Uint8Array>;
  random?(): RandomAccess;
}

export interface ReadOptions {
  /** @default - found by the content */
  readonly format?: SourceFormat;
  /** Whether the first record of CSV names the columns. Default true. */
  readonly header?: boolean;
  /** Called with the bytes read so far, before decompression. */
  readonly onBytes?: (count: number) => void;
}

/** Reads one source into a table. What is wrong with it becomes problems of the table; only failures to read are thrown. */
export async function readSource(source: DataSource, table: Table, options: ReadOptions = {}): Promise<void> {
  const scanner = await scan(source, table, options);
  if (!scanner) return;
  scanner.finish();
  table.rows += scanner.rows;
  table.badRows += scanner.badRows;
  table.sources.push({ key: source.key, rows: scanner.rows, badRows: scanner.badRows });
}

type Scanner = CsvScanner | JsonScanner | CaptureScanner;

async function scan(source: DataSource, table: Table, options: ReadOptions): Promise<Scanner | undefined> {
  let scanner: Scanner | undefined;
  try {
    for await (const chunk of decompressed(counted(source.open(), options.onBytes))) {
      if (!scanner) {
        const format = options.format ?? formatOf(chunk);
        if (format === 'parquet') {
          await readParquet(source, table, options.onBytes);
          return undefined;
        }
        if (isUtf16(chunk)) {
          table.problem(
            'not-utf8',
            { file: source.key },
            'The file is UTF-16; nothing of it was read.',
            'Save it as UTF-8.',
          );
          table.sources.push({ key: source.key, rows: 0, badRows: 0 });
          return undefined;
        }
        scanner = scannerFor(format, table, source.key, options);
      }
      scanner.push(chunk);
    }
  } catch (error) {
    if (!(error instanceof GzipError)) throw error;
    scanner ??= scannerFor(options.format ?? 'csv', table, source.key, options);
    const message = `The gzipped file is damaged after ${scanner.rows} rows (${error.message}); they were counted.`;
    table.problem('bad-gzip', { file: source.key }, message, 'Compress or upload it again: it may have been cut off.');
    return scanner;
  }
  scanner ??= scannerFor(options.format ?? 'csv', table, source.key, options);
  scanner.end();
  return scanner;
}

function scannerFor(format: SourceFormat, table: Table, file: string, options: ReadOptions): Scanner {
  if (format === 'jsonl') return new JsonScanner(table, file);
  if (format === 'capture') return new CaptureScanner(table, file);
  return new CsvScanner(table, file, { header: options.header ?? true });
}

function formatOf(chunk: Uint8Array): SourceFormat {
  const head = Buffer.from(chunk.buffer, chunk.byteOffset, Math.min(chunk.length, 4096)).toString('latin1');
  if (head.startsWith('PAR1')) return 'parquet';
  if (!/^(\xef\xbb\xbf)?\s*\{/.test(head)) return 'csv';
  return head.includes('"captureData"') ? 'capture' : 'jsonl';
}

const isUtf16 = (chunk: Uint8Array): boolean =>
  (chunk[0] === 0xff && chunk[1] === 0xfe) || (chunk[0] === 0xfe && chunk[1] === 0xff);

async function* counted(
  bytes: AsyncIterable<Uint8Array>,
  onBytes?: (count: number) => void,
): AsyncGenerator<Uint8Array> {
  let count = 0;
  for await (const chunk of bytes) {
    count += chunk.length;
    onBytes?.(count);
    yield chunk;
  }
}
