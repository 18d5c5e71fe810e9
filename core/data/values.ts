const MISSING = new Set(['', 'NA', 'N/A', 'NaN', 'nan', 'null', 'NULL']);
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const INTEGER = /^[+-]?\d+$/;

/** Whether a field stands for no value: blank, or one of NA, N/A, NaN, nan, null, NULL. */
export function isMissing(field: string): boolean {
  return field.length <= 4 ? MISSING.has(field) || field.trim() === '' : field.trim() === '';
}

/** The finite decimal number that a field holds, blanks around it aside; undefined for anything else (1e400, 0x10, inf). */
export function parseNumber(field: string): number | undefined {
  const text = field.trim();
  if (!NUMBER.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** Whether a field is written as an integer: digits and a sign; `1.0` is not. */
export function isInteger(field: string): boolean {
  return INTEGER.test(field.trim());
}

/** The class that a label names: numbers by their value, so that `1`, `1.0` and ` 1` are one class; else the trimmed text. */
export function classOf(label: string): string {
  const value = parseNumber(label);
  return value === undefined ? label.trim() : String(value === 0 ? 0 : value);
}

/** A copy that holds no reference to the large text that it was cut from. */
export function detached(text: string): string {
  return text.length < 13 ? text : Buffer.from(text, 'utf8').toString('utf8');
}
