/** One line of the table. */
export interface Figure {
  readonly name: string;
  readonly unit: 's' | 'ms' | 'KB' | 'MB' | 'USD';
  /** Every sample; the table shows median, lowest and highest. */
  readonly samples: readonly number[];
  /** The most that it should be, in the same unit. @default - no target */
  readonly target?: number;
  /** The peer that was measured in the same run, and its samples in the same unit. */
  readonly peer?: { readonly name: string; readonly samples: readonly number[] };
}

export const median = (samples: readonly number[]): number => {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

const digits = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));

function cells({ name, unit, samples, target, peer }: Figure): string[] {
  const middle = median(samples);
  const spread = samples.length > 1 ? `${digits(Math.min(...samples))}–${digits(Math.max(...samples))}` : '';
  const verdict = target === undefined ? '' : `≤ ${target} ${unit} ${middle <= target ? 'met' : 'MISSED'}`;
  const ratio = peer ? `${digits(middle / median(peer.samples))} × ${peer.name} (${digits(median(peer.samples))})` : '';
  return [name, `${digits(middle)} ${unit}`, spread, String(samples.length), verdict, ratio];
}

/** All figures as one aligned Markdown table. */
export function table(figures: readonly Figure[]): string {
  const head = ['figure', 'median', 'min–max', 'n', 'target', 'ratio to peer (its median)'];
  const rows = [head, ...figures.map(cells)];
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  const rule = line(widths.map((width) => '-'.repeat(width)));
  return [line(head), rule, ...rows.slice(1).map(line)].join('\n');
}

/** Seconds that work takes. */
export async function seconds(work: () => unknown): Promise<number> {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1000;
}

/**
 * Measures several ways in turn, round by round, so that whatever else the machine does meets all of them alike.
 * @returns samples by name, in the unit that each way answers in
 */
export async function interleaved<Name extends string>(
  rounds: number,
  ways: Readonly<Record<Name, () => number | Promise<number>>>,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(ways) as Name[];
  const samples = Object.fromEntries(names.map((name): [Name, number[]] => [name, []])) as Record<Name, number[]>;
  for (let round = 0; round < rounds; round++) {
    for (const name of names) samples[name].push(await ways[name]());
  }
  return samples;
}
