/**
 * A metric for people: three decimals (`0.997`), more where three would hide a distance from 0 or 1 (`0.9997`).
 * A value that does not exist is `–`.
 */
export function formatMetric(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '–';
  if (Number.isInteger(value)) return (value === 0 ? 0 : value).toLocaleString('en-US');
  if (Math.abs(value) >= 1000) return value.toLocaleString('en-US', { maximumFractionDigits: 1 });
  for (const decimals of [3, 4, 5, 6]) {
    const text = value.toFixed(decimals);
    if (!Number.isInteger(Number(text))) return text;
  }
  return String(Number(value.toPrecision(6)));
}

/** A share, 0 to 1, in percent with one decimal (`14.3%`). */
export const formatShare = (share: number): string => `${(100 * share).toFixed(1)}%`;

/** An amount in US dollars: cents (`$1.50`), and below a dollar up to four decimals (`$0.0123`). */
export function formatUsd(usd: number): string {
  if (!Number.isFinite(usd)) return '–';
  const sign = usd < 0 ? '-' : '';
  const amount = Math.abs(usd);
  if (amount === 0) return '$0.00';
  if (amount < 0.0001) return `${sign}<$0.0001`;
  const decimals = amount >= 0.995 ? 2 : Math.min(4, 2 - Math.floor(Math.log10(amount)));
  const options = { minimumFractionDigits: 2, maximumFractionDigits: decimals };
  return `${sign}$${amount.toLocaleString('en-US', options)}`;
}

/** A time span in its two largest units: `350ms`, `45s`, `1m 12s`, `2h 5m`, `3d 4h`. Negative spans count as 0. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–';
  if (seconds < 0.9995) return `${Math.round(Math.max(0, seconds) * 1000)}ms`;
  const whole = Math.round(seconds);
  const units: [string, number][] = [
    ['d', 86400],
    ['h', 3600],
    ['m', 60],
    ['s', 1],
  ];
  const at = units.findIndex(([, size]) => whole >= size);
  const [[unit, size], next] = [units[at]!, units[at + 1]];
  const rest = next ? Math.floor((whole % size) / next[1]) : 0;
  return `${Math.floor(whole / size)}${unit}${next && rest > 0 ? ` ${rest}${next[0]}` : ''}`;
}

/** A count with thousands separated: `69,659`. */
export function formatCount(count: number): string {
  return Number.isFinite(count) ? count.toLocaleString('en-US', { maximumFractionDigits: 0 }) : '–';
}

/** A size in binary units: `512 B`, `1.5 KiB`, `20 MiB`. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return '–';
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let [value, unit] = [bytes, 0];
  while (value >= 1023.95 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value.toLocaleString('en-US', { maximumFractionDigits: value < 10 && unit > 0 ? 1 : 0 })} ${units[unit]}`;
}
