import type { Column } from './column';
import type { Table } from './table';

const COMMA = 44;
const QUOTE = 34;
const FEED = 10;
const RETURN = 13;

/** Longest record in bytes; a longer one is left out and counted. */
export const RECORD_LIMIT = 1_048_576;
/** After so many quotes that were never closed a quote must close on its own line. */
const OPEN_QUOTE_LIMIT = 20;

export interface CsvShape {
  /** Whether the first record names the columns. Default true. */
  readonly header?: boolean;
}

/**
 * Reads CSV (RFC 4180; LF, CRLF or CR CR LF) from bytes, without making strings of its fields. A record that is wrong is
 * counted and left out; reading goes on with the next line.
 */
export class CsvScanner {
  private carry: Uint8Array = new Uint8Array(0);
  private skipping = false;
  private started = false;
  private line = 1;
  private openQuotes = 0;
  private columns: Column[] = [];
  private expected = -1;
  private starts = new Int32Array(64);
  private ends = new Int32Array(64);
  private escaped: number[] = [];
  private fields = 0;
  private malformed = false;
  private innerFeeds = 0;
  /** Set where the header can't be read: nothing of the file is, then. */
  private dead = false;
  private timeAt = -1;
  rows = 0;
  badRows = 0;

  constructor(
    private readonly table: Table,
    private readonly file: string | undefined,
    private readonly shape: CsvShape = {},
  ) {}

  push(chunk: Uint8Array): void {
    if (this.dead) return;
    let buf = chunk;
    if (this.skipping) {
      const feed = buf.indexOf(FEED);
      if (feed < 0) return;
      this.skipping = false;
      this.line += 1;
      buf = buf.subarray(feed + 1);
    }
    if (this.carry.length > 0) buf = joined(this.carry, buf);
    const rest = this.scan(buf, false);
    this.carry = buf.slice(rest);
    if (this.carry.length > RECORD_LIMIT) this.tooLong();
  }

  end(): void {
    if (this.carry.length > 0) this.scan(this.carry, true);
    if (!this.started) this.say('empty-file', {}, 'The file is empty.', 'Give a file with a header and rows.');
    else if (this.rows + this.badRows === 0 && this.shape.header !== false) {
      this.say(
        'no-rows',
        {},
        'The file has a header and no rows.',
        'Add rows below the header, or leave the file out.',
      );
    }
  }

  /** Takes the records that are whole. @returns where the first one begins that is not. */
  private scan(buf: Uint8Array, last: boolean): number {
    let at = this.started || buf[0] !== 0xef || buf[1] !== 0xbb || buf[2] !== 0xbf ? 0 : 3;
    const whole = last ? buf.length : buf.lastIndexOf(FEED) + 1;
    while (at < whole) {
      const next = this.record(buf, at, whole, last);
      if (next < 0) {
        if (!last && whole - at <= RECORD_LIMIT && this.openQuotes < OPEN_QUOTE_LIMIT) return at;
        at = this.unclosed(buf, at, whole);
        continue;
      }
      this.take(buf, at);
      if (this.dead) return whole;
      at = next;
    }
    return at;
  }

  /** Finds the fields of the record that begins here. @returns where the next one begins; -1 where a quote stays open. */
  private record(buf: Uint8Array, begin: number, limit: number, last: boolean): number {
    let at = begin;
    let fields = 0;
    this.malformed = false;
    this.innerFeeds = 0;
    if (this.escaped.length > 0) this.escaped = [];
    for (;;) {
      if (fields === this.starts.length) this.grow();
      let start = at;
      let end: number;
      if (at < limit && buf[at] === QUOTE) {
        start = at + 1;
        end = this.closing(buf, start, limit, fields);
        if (end < 0) return -1;
        at = end + 1;
        for (; at < limit; at++) {
          const byte = buf[at]!;
          if (byte === COMMA || byte === FEED) break;
          if (byte !== RETURN) this.malformed = true;
        }
      } else {
        for (; at < limit; at++) {
          const byte = buf[at]!;
          if (byte === COMMA || byte === FEED) break;
          if (byte === QUOTE) this.malformed = true;
        }
        end = at;
      }
      this.starts[fields] = start;
      this.ends[fields] = end;
      fields += 1;
      if (at >= limit && !last) return -1;
      if (at >= limit || buf[at] === FEED) {
        if (end === at) while (end > start && buf[end - 1] === RETURN) end -= 1;
        this.ends[fields - 1] = end;
        this.fields = fields;
        return at + 1;
      }
      at += 1;
    }
  }

  private closing(buf: Uint8Array, from: number, limit: number, field: number): number {
    for (let at = from; at < limit; at++) {
      if (buf[at] === FEED) this.innerFeeds += 1;
      if (buf[at] !== QUOTE) continue;
      if (buf[at + 1] !== QUOTE || at + 1 >= limit) return at;
      if (this.escaped[this.escaped.length - 1] !== field) this.escaped.push(field);
      at += 1;
    }
    return -1;
  }

  private take(buf: Uint8Array, begin: number) {
    const { fields } = this;
    const isBlank = fields === 1 && this.ends[0] === this.starts[0] && buf[begin] !== QUOTE;
    const line = this.line;
    this.line += 1 + this.innerFeeds;
    if (isBlank && this.expected !== 1) return;
    if (this.malformed) return this.bad('bad-quote', line, 'The record has a double quote in the wrong place.', QUOTES);
    for (const field of this.escaped) this.unescape(buf, field);
    if (!this.started) {
      this.started = true;
      if (this.shape.header !== false) return this.header(buf);
      this.name(this.table.namesFor(fields));
    }
    if (fields !== this.expected) {
      const what = `The row has ${fields} ${fields === 1 ? 'field' : 'fields'}, ${this.expected} expected.`;
      return this.bad('ragged-row', line, what, 'Write as many fields as the header has.');
    }
    this.rows += 1;
    const { columns, starts, ends } = this;
    for (let at = 0; at < fields; at++) columns[at]!.addBytes(buf, starts[at]!, ends[at]!);
    if (this.timeAt >= 0) this.time(buf);
  }

  private time(buf: Uint8Array): void {
    const text = textOf(buf, this.starts[this.timeAt]!, this.ends[this.timeAt]!);
    const at = timeOf(text);
    if (at !== undefined) this.table.time(at);
  }

  private header(buf: Uint8Array) {
    const names = Array.from({ length: this.fields }, (_, at) => textOf(buf, this.starts[at]!, this.ends[at]!));
    const seen = new Set<string>();
    this.name(
      names.map((name, at) => {
        const blank = name.trim() === '';
        if (!blank && !seen.has(name)) {
          seen.add(name);
          return name;
        }
        const code = blank ? 'blank-column' : 'duplicate-column';
        const what = blank ? `Column ${at + 1} has no name.` : `Column ${at + 1} is named ${name}, as one before it.`;
        this.say(code, { line: 1, column: at + 1 }, what, `It is called _c${at} here: name it in the header.`);
        return `_c${at}`;
      }),
    );
  }

  private name(names: readonly string[]): void {
    this.expected = names.length;
    this.columns = names.map((name) => this.table.column(name));
    this.timeAt = names.indexOf(this.table.options.time ?? '');
  }

  /** The rows of this file, added to the columns that it has. */
  finish(): void {
    for (const column of this.columns) column.rows += this.rows;
  }

  private grow(): void {
    const [starts, ends] = [new Int32Array(this.starts.length * 2), new Int32Array(this.ends.length * 2)];
    starts.set(this.starts);
    ends.set(this.ends);
    this.starts = starts;
    this.ends = ends;
  }

  private unescape(buf: Uint8Array, field: number): void {
    let to = this.starts[field]!;
    for (let at = to; at < this.ends[field]!; at++) {
      if (buf[at] === QUOTE) at += 1;
      buf[to++] = buf[at]!;
    }
    this.ends[field] = to;
  }

  private unclosed(buf: Uint8Array, at: number, whole: number): number {
    this.openQuotes += 1;
    this.bad('unclosed-quote', this.line, 'A double quote is never closed; the line was left out.', QUOTES);
    this.line += 1;
    const feed = buf.indexOf(FEED, at);
    return feed < 0 ? whole : feed + 1;
  }

  private tooLong(): void {
    this.bad(
      'record-too-long',
      this.line,
      `The record is longer than ${RECORD_LIMIT} bytes.`,
      'Check its line ends and quotes.',
    );
    this.carry = new Uint8Array(0);
    this.skipping = true;
  }

  private bad(
    code: 'bad-quote' | 'ragged-row' | 'unclosed-quote' | 'record-too-long',
    line: number,
    message: string,
    hint: string,
  ): void {
    this.badRows += 1;
    this.say(code, { line }, message, hint);
    this.dead ||= this.expected < 0 && this.shape.header !== false;
    this.started ||= this.dead;
  }

  private say(code: Parameters<Table['problem']>[0], place: object, message: string, hint: string): void {
    this.table.problem(code, { file: this.file, ...place }, message, hint);
  }
}

const QUOTES = 'Put the whole field into double quotes, and write a quote inside it twice.';

export function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

export const textOf = (buf: Uint8Array, start: number, end: number): string =>
  Buffer.from(buf.buffer, buf.byteOffset + start, end - start).toString('utf8');

/** Milliseconds since 1970 of an ISO time, or of a number of seconds or milliseconds; undefined for anything else. */
export function timeOf(text: string): number | undefined {
  const number = Number(text);
  if (text.trim() !== '' && Number.isFinite(number)) return Math.abs(number) < 1e11 ? number * 1000 : number;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}
