import { joined, RECORD_LIMIT } from './csv';
import type { Table } from './table';

const FEED = 10;

/** Cuts bytes into lines of bounded length; a longer one is reported once and left out. */
class LineCutter {
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

type Code = 'bad-json' | 'bad-encoding' | 'bad-time' | 'record-too-long';

/** Reads files with one JSON value a line, and counts in how many rows each feature was seen. */
export abstract class LineScanner {
  private readonly lines = new LineCutter(
    (buf, start, end) => this.take(buf, start, end),
    () => this.bad('record-too-long', `The ${this.of.record} is longer than ${RECORD_LIMIT} bytes.`, this.of.shorter),
  );
  private readonly seen = new Map<string, number>();
  rows = 0;
  badRows = 0;

  /** @param of what a line is called, and what to do about one that is too long or no JSON */
  protected constructor(
    protected readonly table: Table,
    protected readonly file: string | undefined,
    private readonly of: { readonly record: string; readonly shorter: string; readonly form: string },
  ) {}

  push(chunk: Uint8Array): void {
    this.lines.push(chunk);
  }

  end(): void {
    this.lines.end();
  }

  /** A feature that some rows lack is missing there. */
  finish(): void {
    for (const [name, times] of this.seen) {
      const column = this.table.column(name);
      column.rows += this.rows;
      column.addMissing(Math.max(0, this.rows - times));
    }
  }

  /** What one line held. */
  protected abstract record(value: unknown): void;

  protected noteSeen(name: string): void {
    this.seen.set(name, (this.seen.get(name) ?? 0) + 1);
  }

  protected bad(code: Code, message: string, hint: string): void {
    this.badRows += 1;
    this.say(code, message, hint);
  }

  protected say(code: Code, message: string, hint: string): void {
    this.table.problem(code, { file: this.file, line: this.lines.line }, message, hint);
  }

  private take(buf: Uint8Array, start: number, end: number): void {
    const text = Buffer.from(buf.buffer, buf.byteOffset + start, end - start)
      .toString('utf8')
      .replace(/^\ufeff/, '');
    if (text.trim() === '') return;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      this.bad('bad-json', 'The line is no JSON.', this.of.form);
      return;
    }
    this.record(value);
  }
}
