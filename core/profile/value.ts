/** 10^0 to 10^22: the powers of ten that a double holds exactly. */
export const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, power) => Number(`1e${power}`));

export type TokenKind =
  | { readonly kind: 'missing' | 'nan' | 'infinite' | 'text' }
  | { readonly kind: 'number'; readonly value: number; readonly integral: boolean };

const MISSING = new Set(['', 'NA', 'N/A', 'null', 'NULL', 'None', '\\N']);
const NAN = /^[+-]?nan$/i;
const INFINITE = /^[+-]?inf(inity)?$/i;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const INTEGER = /^[+-]?\d+$/;

/** What a field of text stands for. */
export function kindOf(field: string): TokenKind {
  const text = field.trim();
  if (NUMBER.test(text)) {
    const value = Number(text);
    if (!Number.isFinite(value)) return { kind: 'infinite' };
    return { kind: 'number', value, integral: INTEGER.test(text) };
  }
  if (MISSING.has(text)) return { kind: 'missing' };
  if (NAN.test(text)) return { kind: 'nan' };
  if (INFINITE.test(text)) return { kind: 'infinite' };
  return { kind: 'text' };
}
