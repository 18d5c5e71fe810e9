import { mulberry32 } from '../random';

/** Below this many rows Model Monitor gives no standard deviation, and neither do we. */
export const DEVIATION_ROWS = 200;

const SAMPLES = 5;
const SHARE = 0.8;
const SEED = 42;

/**
 * The standard deviation of metrics as Model Monitor defines it: over five random samples of 80% of the rows. The seed
 * is fixed, so that the same rows give the same numbers.
 */
export function deviationsOf(
  rows: number,
  metricsOf: (rows: readonly number[]) => Readonly<Record<string, number>>,
): Record<string, number> {
  if (rows < DEVIATION_ROWS) return {};
  const random = mulberry32(SEED);
  const samples = Array.from({ length: SAMPLES }, () => metricsOf(sampleOf(rows, Math.round(rows * SHARE), random)));
  const deviations: Record<string, number> = {};
  for (const name of Object.keys(samples[0]!)) {
    const values = samples.map((metrics) => metrics[name]).filter((value) => value !== undefined);
    if (values.length === SAMPLES) deviations[name] = deviation(values);
  }
  return deviations;
}

/** `count` of the indices below `rows`, each choice equally likely, in order (Knuth, TAOCP 2, 3.4.2, algorithm S). */
function sampleOf(rows: number, count: number, random: () => number): number[] {
  const chosen: number[] = [];
  for (let row = 0; row < rows && chosen.length < count; row++) {
    if ((rows - row) * random() < count - chosen.length) chosen.push(row);
  }
  return chosen;
}

function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}
