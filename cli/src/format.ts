/** `3.2 s`, `4 min 05 s`, `2 h 03 min`; `-` where nothing is known. */
export function duration(seconds: number | undefined): string {
  if (seconds === undefined || !Number.isFinite(seconds)) return '-';
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  const two = (value: number) => String(value).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}

/** US dollars with as many digits as matter: `$0.0031`, `$1.20`. */
export function money(usd: number | undefined): string {
  if (usd === undefined || !Number.isFinite(usd)) return '-';
  if (usd !== 0 && Math.abs(usd) < 0.1) return `$${usd.toFixed(4)}`;
  return `$${usd.toFixed(2)}`;
}

export function bytes(count: number): string {
  if (count < 1024) return `${count} B`;
  const units = ['KB', 'MB', 'GB', 'TB'];
  let value = count;
  let unit = -1;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** A metric's value, cut and not rounded up: 0.99996 is not 1. */
export function metric(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '-';
  if (Number.isInteger(value)) return String(value);
  const cut = Math.trunc(value * 10_000) / 10_000;
  return cut === 0 ? value.toPrecision(3) : String(cut);
}

/** `2026-01-31 12:30:05` in UTC. */
export function time(iso: string | undefined): string {
  return iso ? iso.replace('T', ' ').slice(0, 19) : '-';
}

/** Seconds between two ISO times, up to now where the second is missing. */
export function secondsBetween(start: string | undefined, end: string | undefined, now = Date.now()): number | undefined {
  if (!start) return undefined;
  return Math.max(0, ((end ? Date.parse(end) : now) - Date.parse(start)) / 1000);
}

export const shortDigest = (digest: string): string => digest.slice(0, 12);

export interface Column<T> {
  readonly title: string;
  readonly value: (row: T) => string | number | undefined;
  readonly align?: 'left' | 'right';
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes begin with the escape character.
const COLOUR = /\u001b\[\d+m/g;
const width = (text: string): number => text.replace(COLOUR, '').length;

/** Columns of text, two spaces apart, the titles above. */
export function table<T>(rows: readonly T[], columns: readonly Column<T>[]): string {
  const cells = rows.map((row) => columns.map(({ value }) => String(value(row) ?? '-')));
  const all = [columns.map(({ title }) => title), ...cells];
  const widths = columns.map((_, index) => Math.max(...all.map((line) => width(line[index]!))));
  const pad = (text: string, index: number) => {
    const space = ' '.repeat(widths[index]! - width(text));
    return columns[index]!.align === 'right' ? space + text : text + space;
  };
  return all.map((line) => line.map(pad).join('  ').trimEnd()).join('\n');
}

/** Names and values, one a line, the values aligned; those without a value are left out. */
export function fields(entries: readonly (readonly [string, string | number | undefined])[]): string {
  const shown = entries.filter(([, value]) => value !== undefined && value !== '');
  const widest = Math.max(0, ...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${name.padEnd(widest)}  ${value}`).join('\n');
}

export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
