import { distinctTexts } from './categories';
import type { Column } from './column';
import { type FeatureProfile, present } from './types';

/** More numbers of one column than this are not kept to find one that occurs twice. */
const LIMIT = 2_000_000;
/** The estimate of how many texts differ is off by 2.3%; three times that is within its noise. */
const TEXT_NOISE = 0.07;

/** Watches columns for a number that occurs twice, until one does: 16 bytes a number, up to two million a column. */
export class UniqueNumbers {
  private readonly seen = new Map<string, { values: Float64Array; size: number } | undefined>();

  watch(column: Column): void {
    const table: { values: Float64Array; size: number } = { values: new Float64Array(1024).fill(Number.NaN), size: 0 };
    this.seen.set(column.name, table);
    const stop = column.watch((x) => {
      if (put(table.values, x) && ++table.size <= LIMIT) {
        if (table.size * 2 > table.values.length) table.values = larger(table.values);
        return;
      }
      this.seen.set(column.name, undefined);
      stop();
    });
  }

  /** Whether each number of this column differed from all others. */
  of(name: string): boolean {
    return this.seen.get(name) !== undefined;
  }
}

const bits = new Float64Array(1);
const words = new Int32Array(bits.buffer);

/** @returns false where the table holds the number already */
function put(values: Float64Array, x: number): boolean {
  bits[0] = x;
  const mixed = Math.imul(words[0]! ^ Math.imul(words[1]!, 0x9e3779b1), 0x85ebca6b);
  for (let slot = (mixed ^ (mixed >>> 15)) & (values.length - 1); ; slot = (slot + 1) & (values.length - 1)) {
    const held = values[slot]!;
    if (held === x) return false;
    if (Number.isNaN(held)) {
      values[slot] = x;
      return true;
    }
  }
}

function larger(values: Float64Array): Float64Array {
  const made = new Float64Array(values.length * 2).fill(Number.NaN);
  for (const x of values) if (!Number.isNaN(x)) put(made, x);
  return made;
}

/** Whether no value occurred twice, as far as the profile knows: of numbers where that was watched, of texts about. */
export function isUnique({ type, kinds, text, unique }: FeatureProfile): boolean {
  if (type !== 'String') return unique === true;
  if (!text || text.n === 0 || text.n !== present(kinds)) return false;
  for (const count of text.counts.values()) if (count > 1) return false;
  return distinctTexts(text) >= (text.registers ? 1 - TEXT_NOISE : 1) * text.n;
}
