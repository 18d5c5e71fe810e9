import { timeOf } from './csv';
import { LineScanner } from './lines';
import type { Table } from './table';

/** Deeper JSON is not unfolded into features. */
const DEPTH_LIMIT = 8;

/** Reads JSON Lines: an object a line, whose members are features; members of inner objects are named `outer.inner`. */
export class JsonScanner extends LineScanner {
  constructor(table: Table, file: string | undefined) {
    const [shorter, form] = ['Write one object a line.', 'Write one whole JSON object a line.'];
    super(table, file, { record: 'line', shorter, form });
  }

  override end(): void {
    super.end();
    if (this.rows + this.badRows === 0) {
      const place = { file: this.file };
      this.table.problem('empty-file', place, 'The file has no records.', 'Give a file with one JSON object a line.');
    }
  }

  protected record(value: unknown): void {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) {
      this.bad('bad-json', 'The line is JSON, but no object.', 'Write one JSON object a line.');
      return;
    }
    this.rows += 1;
    const object = value as Record<string, unknown>;
    for (const [name, member] of flattened(object)) {
      this.noteSeen(name);
      addValue(this.table, name, member);
    }
    const { time } = this.table.options;
    const at = time === undefined ? undefined : timeOf(String(object[time] ?? ''));
    if (at !== undefined) this.table.time(at);
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
