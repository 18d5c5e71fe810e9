import { joined, RECORD_LIMIT, timeOf } from './csv';
import type { Table } from './table';

const FEED = 10;
/** Deeper JSON is not unfolded into features. */
const DEPTH_LIMIT = 8;

/** Cuts bytes into lines of bounded length; a longer one is reported once and left out. */
export class LineCutter {
  private carry: Uint8Array = new Uint8Array(0);
  private skipping = false;
  line = 0;

  constructor(
    private readonly visit: (buf: Uint8Array, start: number, end: number) => void,
    private readonly tooLong: () => void,
  ) {}

  push(chunk: Uint8Array): void {
    let from = 0;
    let buf = chunk;
    if (this.carry.length > 0) {
      buf = joined(this.carry, chunk);
      this.carry = new Uint8Array(0);
    }
    for (let feed = buf.indexOf(FEED, from); feed >= 0; feed = buf.indexOf(FEED, from)) {
      this.line += 1;
      if (this.skipping) this.skipping = false;
      else if (feed - from > RECORD_LIMIT) this.tooLong();
      else this.visit(buf, from, feed);
      from = feed + 1;
    }
    if (this.skipping) return;
    this.carry = buf.slice(from);
    if (this.carry.length <= RECORD_LIMIT) return;
    this.line += 1;
    this.tooLong();
    this.line -= 1;
    this.carry = new Uint8Array(0);
    this.skipping = true;
  }

  end(): void {
    if (this.carry.length === 0) return;
    this.line += 1;
    this.visit(this.carry, 0, this.carry.length);
  }
}

/** Reads JSON Lines: an object a line, whose members are features; members of inner objects are named `outer.inner`. */
export class JsonScanner {
  private readonly lines = new LineCutter(
    (buf, start, end) => this.take(buf, start, end),
    () => this.bad('record-too-long', `The line is longer than ${RECORD_LIMIT} bytes.`, 'Write one object a line.'),
  );
  private readonly seen = new Map<string, number>();
  rows = 0;
  badRows = 0;

  constructor(
    private readonly table: Table,
    private readonly file: string | undefined,
  ) {}

  push(chunk: Uint8Array): void {
    this.lines.push(chunk);
  }

  end(): void {
    this.lines.end();
    if (this.rows + this.badRows === 0) {
      const place = { file: this.file };
      this.table.problem('empty-file', place, 'The file has no records.', 'Give a file with one JSON object a line.');
    }
  }

  /** A member that some objects lack is missing there. */
  finish(): void {
    for (const [name, times] of this.seen) {
      const column = this.table.column(name);
      column.rows += this.rows;
      column.addMissing(this.rows - times);
    }
  }

  private take(buf: Uint8Array, start: number, end: number) {
    const text = Buffer.from(buf.buffer, buf.byteOffset + start, end - start)
      .toString('utf8')
      .replace(/^\ufeff/, '');
    if (text.trim() === '') return;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return this.bad('bad-json', 'The line is no JSON.', 'Write one whole JSON object a line.');
    }
    if (value === null || typeof value !== 'object' || Array.isArray(value)) {
      return this.bad('bad-json', 'The line is JSON, but no object.', 'Write one JSON object a line.');
    }
    this.rows += 1;
    this.addObject(value as Record<string, unknown>);
    const { time } = this.table.options;
    const at = time === undefined ? undefined : timeOf(String((value as Record<string, unknown>)[time] ?? ''));
    if (at !== undefined) this.table.time(at);
  }

  private addObject(object: Readonly<Record<string, unknown>>): void {
    for (const [name, value] of flattened(object)) {
      this.seen.set(name, (this.seen.get(name) ?? 0) + 1);
      addValue(this.table, name, value);
    }
  }

  private bad(code: 'bad-json' | 'record-too-long', message: string, hint: string): void {
    this.badRows += 1;
    this.table.problem(code, { file: this.file, line: this.lines.line }, message, hint);
  }
}

/** Adds a value of a typed source: a number, text, or nothing. */
export function addValue(table: Table, name: string, value: unknown): void {
  const column = table.column(name);
  if (value === null || value === undefined || value === '') column.addMissing();
  else if (typeof value === 'number') column.addNumber(value, Number.isInteger(value));
  else if (typeof value === 'bigint') column.addNumber(Number(value), true);
  else if (value instanceof Date) column.addNumber(value.getTime(), true);
  else
    column.addText(
      typeof value === 'string' ? value : typeof value === 'boolean' ? String(value) : JSON.stringify(value),
    );
}

/** Leaves of an object with their paths. Arrays, and what lies deeper than eight levels, count as one text. */
export function* flattened(
  object: Readonly<Record<string, unknown>>,
  prefix = '',
  depth = 1,
): Generator<[string, unknown]> {
  for (const [name, value] of Object.entries(object)) {
    const path = prefix === '' ? name : `${prefix}.${name}`;
    const isObject = value !== null && typeof value === 'object' && !Array.isArray(value) && !(value instanceof Date);
    if (isObject && depth < DEPTH_LIMIT) yield* flattened(value as Record<string, unknown>, path, depth + 1);
    else yield [path, value];
  }
}
