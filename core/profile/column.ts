import { isUtf8 } from 'node:buffer';
import { CategoryCounter } from './categories';
import { Grid } from './grid';
import { Kll } from './kll';
import { decode, TokenTable } from './tokens';
import { type FeatureProfile, type FeatureType, type NumericProfile, present } from './types';
import { kindOf, POWERS_OF_TEN, type TokenKind } from './value';

export interface ColumnOptions {
  readonly role?: 'feature' | 'prediction';
  /** Edges to count in; without them a sketch is kept. */
  readonly edges?: Float64Array;
  readonly deciles?: readonly number[];
  /** A value about which squares are summed without loss: the baseline's mean. Default: the first value. */
  readonly centre?: number;
  /** Count every value as text, also what looks like a number: so for a feature whose baseline is String. */
  readonly asText?: boolean;
}

type Watcher = (x: number, bin: number) => void;

/** Takes a feature's values one by one and keeps counts, never the values. */
export class Column {
  rows = 0;
  /** Values that were no UTF-8. */
  notUtf8 = 0;
  counts: Float64Array;
  readonly sums: Float64Array;
  readonly grid: Grid | undefined;
  readonly sketch: Kll | undefined;
  private watchers: Watcher[] = [];
  private readonly asText: boolean;
  private centre: number;
  private integral = 0;
  private fractional = 0;
  private missing = 0;
  private nan = 0;
  private infinite = 0;
  private unsafe = 0;
  private min = Number.POSITIVE_INFINITY;
  private max = Number.NEGATIVE_INFINITY;
  private shifted = 0;
  private squares = 0;
  private readonly tokens = new TokenTable();
  private readonly tokenCounts = new Float64Array(2048);
  private readonly rare = new CategoryCounter();

  constructor(
    readonly name: string,
    private readonly options: ColumnOptions = {},
  ) {
    this.grid = options.edges && new Grid(options.edges);
    this.sketch = options.edges ? undefined : new Kll();
    this.counts = new Float64Array((options.edges?.length ?? 0) + 1);
    this.sums = new Float64Array(this.counts.length);
    this.centre = options.centre ?? Number.NaN;
    this.asText = options.asText ?? false;
  }

  /**
   * Adds the field that stands in these bytes. Decimals of up to 15 digits are read here: digits and power of ten are
   * both exact as doubles then, so that their quotient is the nearest double, as Number() gives (Clinger, How to Read
   * Floating Point Numbers Accurately, 1990). All else goes the slow way.
   */
  addBytes(buf: Uint8Array, start: number, end: number) {
    if (this.asText || end - start > 17) return this.addToken(buf, start, end);
    let at = start;
    const negative = buf[at] === 45;
    if (negative) at += 1;
    const first = at;
    let whole = 0;
    for (; at < end; at++) {
      const digit = buf[at]! - 48;
      if (digit < 0 || digit > 9) break;
      whole = whole * 10 + digit;
    }
    if (at === end) {
      if (at === first || at - first > 15) return this.addToken(buf, start, end);
      this.integral += 1;
      return this.count(negative ? -whole : whole);
    }
    const point = at;
    if (buf[at] !== 46) return this.addToken(buf, start, end);
    at += 1;
    for (; at < end; at++) {
      const digit = buf[at]! - 48;
      if (digit < 0 || digit > 9) break;
      whole = whole * 10 + digit;
    }
    if (at !== end || end - first > 16 || end - first < 2) return this.addToken(buf, start, end);
    this.fractional += 1;
    const x = whole / POWERS_OF_TEN[end - point - 1]!;
    this.count(negative ? -x : x);
  }

  /** Adds a number of a typed source. */
  addNumber(x: number, integral: boolean): void {
    if (Number.isNaN(x)) this.nan += 1;
    else if (!Number.isFinite(x)) this.infinite += 1;
    else if (this.asText) this.rare.add(String(x));
    else {
      if (integral) {
        this.integral += 1;
        if (!Number.isSafeInteger(x)) this.unsafe += 1;
      } else this.fractional += 1;
      this.count(x);
    }
  }

  addText(text: string): void {
    this.rare.add(text);
  }

  addMissing(count = 1): void {
    this.missing += count;
  }

  /** Adds a field of text whose bytes are not at hand. */
  addField(text: string): void {
    this.addAs(kindOf(text), text, 1);
  }

  /** Shows each number from now on, with its bin, to the watcher. @returns what ends that. */
  watch(watcher: Watcher): () => void {
    this.watchers.push(watcher);
    return () => {
      this.watchers = this.watchers.filter((each) => each !== watcher);
    };
  }

  finish(): FeatureProfile {
    for (const id of this.tokens.notUtf8) this.notUtf8 += this.tokenCounts[id]!;
    for (const [id, text] of this.tokens.texts.entries()) this.addKnown(text, this.tokenCounts[id]!);
    this.tokenCounts.fill(0);
    const text = this.rare.finish();
    const { integral, fractional, missing, nan, infinite, unsafe } = this;
    const kinds = { integral, fractional, text: text.n, missing, nan, infinite, unsafe };
    return {
      name: this.name,
      role: this.options.role ?? 'feature',
      type: typeOf(kinds),
      rows: this.rows,
      kinds,
      ...(integral + fractional > 0 || (this.grid && !this.asText) ? { numeric: this.numeric() } : {}),
      ...(text.n > 0 || this.asText ? { text } : {}),
    };
  }

  private tell(x: number, bin: number): void {
    for (const watcher of this.watchers) watcher(x, bin);
  }

  private count(x: number): void {
    const { grid } = this;
    if (grid) {
      const bin = grid.bin(x);
      this.counts[bin]! += 1;
      this.sums[bin]! += x;
      if (this.watchers.length > 0) this.tell(x, bin);
    } else {
      this.sketch!.add(x);
      if (this.watchers.length > 0) this.tell(x, 0);
    }
    if (x < this.min) this.min = x;
    if (x > this.max) this.max = x;
    if (Number.isNaN(this.centre)) this.centre = x;
    const distance = x - this.centre;
    this.shifted += distance;
    this.squares += distance * distance;
  }

  private addToken(buf: Uint8Array, start: number, end: number) {
    if (end === start) {
      this.missing += 1;
      return;
    }
    // What begins like a number is not worth a place in the table.
    if (!this.asText && buf[start]! < 58 && this.addRareNumber(buf, start, end)) return;
    const id = this.tokens.find(buf, start, end);
    if (id >= 0) {
      this.tokenCounts[id]! += 1;
      return;
    }
    if (!isUtf8(buf.subarray(start, end))) this.notUtf8 += 1;
    this.addField(decode(buf, start, end));
  }

  private addRareNumber(buf: Uint8Array, start: number, end: number): boolean {
    if (end - start > 400) return false;
    const kind = kindOf(decode(buf, start, end));
    if (kind.kind !== 'number') return false;
    this.addAs(kind, '', 1);
    return true;
  }

  private addKnown(text: string, count: number): void {
    if (count > 0) this.addAs(kindOf(text), text, count);
  }

  private addAs(token: TokenKind, text: string, count: number): void {
    if (token.kind === 'missing') this.missing += count;
    else if (token.kind === 'nan') this.nan += count;
    else if (token.kind === 'infinite') this.infinite += count;
    else if (token.kind !== 'number' || this.asText) this.rare.add(text, count);
    else for (let time = 0; time < count; time++) this.addNumber(token.value, token.integral);
  }

  private numeric(): NumericProfile {
    const n = this.integral + this.fractional;
    const { min, max, centre, shifted, squares, sketch, grid, counts, sums } = this;
    const { deciles = [] } = this.options;
    const moments =
      n > 0 ? { min, max, sum: shifted + n * centre, m2: Math.max(0, squares - (shifted * shifted) / n) } : NONE;
    return { n, ...moments, ...(grid ? { bins: { edges: grid.edges, deciles, counts, sums } } : { sketch: sketch! }) };
  }
}

const NONE = { min: 0, max: 0, sum: 0, m2: 0 };

/** More than this share of texts makes a feature String; fewer are faults in a column of numbers. */
export const TEXT_SHARE = 0.05;

export function typeOf(kinds: FeatureProfile['kinds']): FeatureType {
  const all = present(kinds);
  if (all === 0) return 'Unknown';
  if (kinds.text > TEXT_SHARE * all) return 'String';
  return kinds.fractional > 0 ? 'Fractional' : 'Integral';
}
