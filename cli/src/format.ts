import { formatDuration, formatUsd, renderTable, type TableColumn, widthOf } from '../../core/report';

/** `-` where nothing is known. */
export const duration = (seconds: number | undefined): string =>
  seconds === undefined ? '-' : formatDuration(seconds);

export const money = (usd: number | undefined): string => (usd === undefined ? '-' : formatUsd(usd));

/** `2026-01-31 12:30:05` in UTC. */
export const time = (iso: string | undefined): string => (iso ? iso.replace('T', ' ').slice(0, 19) : '-');

/** Seconds between two ISO times, up to now where the second is missing. */
export function secondsBetween(
  start: string | undefined,
  end: string | undefined,
  now = Date.now(),
): number | undefined {
  if (!start) return undefined;
  return Math.max(0, ((end ? Date.parse(end) : now) - Date.parse(start)) / 1000);
}

export const shortDigest = (digest: string): string => digest.slice(0, 12);

export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

export interface Column<T> extends TableColumn {
  readonly value: (row: T) => string | number | undefined;
}

export function table<T>(rows: readonly T[], columns: readonly Column<T>[]): string {
  return renderTable(
    columns,
    rows.map((row) => columns.map(({ value }) => String(value(row) ?? '-'))),
  );
}

/** Names and values, one a line, the values aligned; those without a value are left out. */
export function fields(entries: readonly (readonly [string, string | number | undefined])[]): string {
  const shown = entries.filter(([, value]) => value !== undefined && value !== '');
  const widest = Math.max(0, ...shown.map(([name]) => widthOf(name)));
  return shown.map(([name, value]) => `${name.padEnd(widest)}  ${value}`).join('\n');
}
