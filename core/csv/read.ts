/*
 * An own reader, because a row that is wrong must be named by its line. csv-parse 7.0.3, measured on the cases of
 * test/core/csv: it counts CRLF inside quotes as two lines, names the end of the file for a quote that is never closed,
 * replaces bytes that are not UTF-8 without a word, and takes 8 times as long. The tests use it as oracle.
 */
import { type DataProblem, type ProblemLog, shown } from '../problems';
import { decompressed, GzipError } from './bytes';
import { LineSplitter } from './lines';
import { RecordParser, type RecordResult } from './records';
import { Utf8Decoder } from './utf8';

/** One file: its bytes as they come, and the name by which problems call it. */
export interface CsvSource {
  readonly file?: string;
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Whether the bytes are gzipped; by default the first two bytes decide. */
  readonly gzip?: boolean;
}

/** What the caller does with a file's rows, called in order. */
export interface CsvVisitor {
  /** The header's names; answer false to read no further. Not called for a file without header. */
  header?(columns: readonly string[]): boolean;
  /** A row with as many fields as expected, and the 1-based line on which it begins. */
  row(fields: readonly string[], line: number): void;
}

export interface CsvOptions {
  /** Whether the first record names the columns. Default true. */
  readonly header?: boolean;
  /** Fields that each row of a file without header must have. Default: as many as the first row. */
  readonly fieldCount?: number;
  /** Longest record, in UTF-16 units. Default 1,048,576. */
  readonly maxRecordLength?: number;
}

export interface CsvSummary {
  /** Names in the header; empty where there is none. */
  readonly columns: readonly string[];
  /** Rows handed to the visitor. */
  readonly rows: number;
  /** Rows left out because something was wrong with them. */
  readonly badRows: number;
  /** False where reading stopped before the end of the file. */
  readonly complete: boolean;
}

/**
 * Reads one CSV file (RFC 4180; LF or CRLF; UTF-8, with or without byte order mark; gzipped or not) in one pass and
 * bounded memory. Blank lines are skipped. What is wrong with the data goes to `problems`; only failures of the source
 * itself are thrown.
 */
export async function readCsv(
  source: CsvSource,
  problems: ProblemLog,
  visitor: CsvVisitor,
  options: CsvOptions = {},
): Promise<CsvSummary> {
  const reading = new Reading(source.file, problems, visitor, options);
  try {
    for await (const chunk of decompressed(source.bytes, source.gzip)) {
      if (!reading.push(chunk)) return reading.summary(false);
    }
  } catch (error) {
    if (!(error instanceof GzipError)) throw error;
    reading.gzipFailed(error);
    return reading.summary(false);
  }
  return reading.summary(reading.end());
}

class Reading {
  private readonly decoder = new Utf8Decoder();
  private readonly parser = new RecordParser();
  private readonly lines: LineSplitter;
  private readonly maxLength: number;
  private columns: readonly string[] = [];
  private expected: number | undefined;
  private started = false;
  private rows = 0;
  private badRows = 0;

  constructor(
    private readonly file: string | undefined,
    private readonly problems: ProblemLog,
    private readonly visitor: CsvVisitor,
    private readonly options: CsvOptions,
  ) {
    this.maxLength = options.maxRecordLength ?? 1_048_576;
    this.expected = options.header === false ? options.fieldCount : undefined;
    this.lines = new LineSplitter(this.maxLength, this.onLine, this.onTooLong);
  }

  push(chunk: Uint8Array): boolean {
    const before = this.lines.newlines;
    if (!this.lines.push(this.decoder.decode(chunk))) return false;
    this.decoder.passed(this.lines.newlines - before);
    return this.isUtf8();
  }

  end(): boolean {
    this.decoder.end(this.lines.newlines);
    if (!this.isUtf8() || !this.lines.end()) return false;
    if (this.parser.isOpen) this.unclosedQuote('is never closed');
    else if (!this.started) this.add('empty-file', {}, 'The file is empty.', 'Give a CSV file with a header and rows.');
    else if (this.rows + this.badRows === 0) {
      this.add(
        'no-rows',
        {},
        'The file has a header and no rows.',
        'Add rows below the header, or leave the file out.',
      );
    }
    return !this.parser.isOpen;
  }

  gzipFailed(error: GzipError): void {
    const message = `The gzipped file is damaged after ${this.rows} rows (${error.message}).`;
    this.add('bad-gzip', {}, message, 'Compress the file again, or upload it again: it may have been cut off.');
  }

  summary(complete: boolean): CsvSummary {
    return { columns: this.columns, rows: this.rows, badRows: this.badRows, complete };
  }

  private readonly onLine = (text: string, end: string, line: number): boolean => {
    if (text.length === 0 && !this.parser.isOpen) return true;
    const record = this.parser.add(text, end, line);
    if (record) return this.onRecord(record);
    if (this.parser.openSize <= this.maxLength) return true;
    this.unclosedQuote(`is not closed within ${this.maxLength} characters`);
    return false;
  };

  private readonly onTooLong = (line: number): boolean => {
    const isHeader = !this.started && this.options.header !== false;
    this.badRows += isHeader ? 0 : 1;
    this.started = true;
    const message = `The line is longer than ${this.maxLength} characters.`;
    this.add('record-too-long', { line }, message, 'Check that the file is CSV and has line ends.');
    return !isHeader;
  };

  private onRecord(record: RecordResult): boolean {
    const isHeader = !this.started && this.options.header !== false;
    this.started = true;
    if (!record.ok) {
      this.badRows += isHeader ? 0 : 1;
      this.malformed(record);
      return !isHeader;
    }
    if (isHeader) return this.onHeader(record.fields, record.line);
    this.expected ??= record.fields.length;
    if (record.fields.length === this.expected) {
      this.rows += 1;
      this.visitor.row(record.fields, record.line);
      return true;
    }
    this.badRows += 1;
    const found = record.fields.length;
    const message = `The row has ${found} ${found === 1 ? 'field' : 'fields'}, ${this.expected} expected.`;
    const tooMany = 'Put values that hold a comma into double quotes.';
    this.add('ragged-row', { line: record.line }, message, found > this.expected ? tooMany : 'Add the missing fields.');
    return true;
  }

  private onHeader(names: readonly string[], line: number): boolean {
    this.columns = names;
    this.expected = names.length;
    const seen = new Map<string, number>();
    for (const [index, name] of names.entries()) {
      const column = index + 1;
      const first = seen.get(name);
      if (name.trim() === '') {
        this.add('blank-column', { line, column }, `Column ${column} has no name.`, 'Name every column in the header.');
      } else if (first !== undefined) {
        const message = `Columns ${first} and ${column} are both named ${shown(name)}.`;
        this.add('duplicate-column', { line, column, field: name }, message, 'Give each column a name of its own.');
      } else seen.set(name, column);
    }
    return this.visitor.header?.(names) ?? true;
  }

  private malformed({ code, line, column }: Extract<RecordResult, { ok: false }>): void {
    const field = this.columns[column - 1];
    if (code === 'bad-quote') {
      const hint = 'Put the whole field into double quotes, and write a quote inside it twice.';
      this.add(code, { line, column, field }, `Field ${column} has a double quote in the wrong place.`, hint);
    } else {
      const message = `Field ${column} holds a carriage return without a line feed.`;
      this.add(code, { line, column, field }, message, 'Save the file with LF or CRLF line ends.');
    }
  }

  private unclosedQuote(what: string): void {
    this.badRows += 1;
    const message = `The double quote that opens on this line ${what}; nothing after it was read.`;
    this.add('unclosed-quote', { line: this.parser.quoteLine }, message, 'Close the quote, or remove it.');
  }

  private isUtf8(): boolean {
    const bad = this.decoder.bad;
    if (!bad) return true;
    const byte = bad.byte?.toString(16).toUpperCase().padStart(2, '0');
    const message = `The line is not UTF-8: byte 0x${byte} is not valid there. Nothing from this line on was read.`;
    this.add('not-utf8', { line: bad.newlinesBefore + 1 }, message, bad.hint);
    return false;
  }

  private add(code: DataProblem['code'], place: Partial<DataProblem>, message: string, hint: string): void {
    const known = Object.fromEntries(Object.entries({ file: this.file, ...place }).filter(([, v]) => v !== undefined));
    this.problems.add({ code, ...known, message, hint });
  }
}
