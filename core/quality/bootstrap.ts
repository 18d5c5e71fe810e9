import { mulberry32 } from '../random';
import type { Outcomes } from './outcomes';
import { statisticOf } from './statistics';

export interface Comparison {
  readonly metric: string;
  readonly higherIsBetter: boolean;
  /** Share of the interval, for example 0.95. */
  readonly confidence: number;
}

/** By how much the model is better than its rival (below 0: worse), and the interval in which the true gain may lie. */
export interface Gain extends Comparison {
  readonly gain: number;
  readonly lower: number;
  readonly upper: number;
  readonly rows: number;
  readonly resamples: number;
  readonly seed: number;
  readonly method: 'paired percentile bootstrap';
}

/** The gain, or why there is none. */
export type GainReport = Gain | (Comparison & { readonly reason: string });

export interface BootstrapOptions {
  /** @default 1000 */
  readonly resamples?: number;
  /** @default 42 */
  readonly seed?: number;
  /** From this probability on a row is predicted positive; binary only. */
  readonly threshold?: number;
}

/** A resample of few rows may lack a class; where more than this share does, there is no interval to speak of. */
const MOST_WITHOUT_VALUE = 0.1;

/** The interval in which a metric's true value may lie. */
export interface Interval {
  readonly lower: number;
  readonly upper: number;
}

/**
 * Percentile intervals of metrics over the same resamples of the rows (Efron and Tibshirani, chapter 13). A metric that the
 * problem does not have, or that has no value on one resample in ten, has none.
 * @param confidence share of the interval; default 0.95
 */
export function bootstrapIntervals(
  metrics: readonly string[],
  outcomes: Outcomes,
  options: BootstrapOptions & { readonly confidence?: number } = {},
): Record<string, Interval> {
  const { confidence = 0.95, resamples = 1000 } = options;
  const statistics = metrics.flatMap((metric) => {
    const of = statisticOf(metric, outcomes, options.threshold);
    return of ? [{ metric, of, values: [] as number[] }] : [];
  });
  for (const weights of resamplesOf(outcomes.labels.length, options)) {
    for (const { of, values } of statistics) {
      const value = of(weights);
      if (Number.isFinite(value)) values.push(value);
    }
  }
  const kept = statistics.filter(({ values }) => values.length >= resamples * (1 - MOST_WITHOUT_VALUE));
  return Object.fromEntries(
    kept.map(({ metric, values }) => {
      const sorted = Float64Array.from(values).sort();
      const [lower, upper] = [quantile(sorted, (1 - confidence) / 2), quantile(sorted, (1 + confidence) / 2)];
      return [metric, { lower, upper }];
    }),
  );
}

/** How often each row is drawn, resample by resample; the array is used again. */
function* resamplesOf(rows: number, { resamples = 1000, seed = 42 }: BootstrapOptions): Generator<Uint16Array> {
  const weights = new Uint16Array(rows);
  const random = mulberry32(seed);
  for (let resample = 0; resample < resamples; resample++) {
    weights.fill(0);
    for (let drawn = 0; drawn < rows; drawn++) weights[(random() * rows) | 0]! += 1;
    yield weights;
  }
}

/**
 * The percentile interval of a paired bootstrap (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13):
 * each resample draws as many rows as there are, with replacement, and measures both models on those same rows. The same
 * rows and seed give the same numbers.
 */
export function bootstrapGain(
  comparison: Comparison,
  own: Outcomes,
  rival: Outcomes,
  options: BootstrapOptions = {},
): GainReport {
  const { metric, higherIsBetter, confidence } = comparison;
  const { resamples = 1000, seed = 42, threshold } = options;
  const rows = own.labels.length;
  if (rival.labels.length !== rows || !own.labels.every((label, row) => label === rival.labels[row])) {
    return { ...comparison, reason: 'the two models did not answer for the same rows' };
  }
  const [ours, theirs] = [own, rival].map((outcomes) => statisticOf(metric, outcomes, threshold));
  if (!ours || !theirs) return { ...comparison, reason: `there is no metric ${metric} of a ${own.problem} problem` };
  const gainOn = (weights: ArrayLike<number>): number => (ours(weights) - theirs(weights)) * (higherIsBetter ? 1 : -1);
  const gain = gainOn(new Uint16Array(rows).fill(1));
  const gains: number[] = [];
  for (const weights of resamplesOf(rows, { resamples, seed })) {
    const value = gainOn(weights);
    if (Number.isFinite(value)) gains.push(value);
  }
  if (!Number.isFinite(gain) || gains.length < resamples * (1 - MOST_WITHOUT_VALUE)) {
    return {
      ...comparison,
      reason: `${metric} has no value on ${resamples - gains.length} of ${resamples} resamples: hold out more rows`,
    };
  }
  const sorted = Float64Array.from(gains).sort();
  const [lower, upper] = [quantile(sorted, (1 - confidence) / 2), quantile(sorted, (1 + confidence) / 2)];
  return { ...comparison, gain, lower, upper, rows, resamples, seed, method: 'paired percentile bootstrap' };
}

/** Between the two nearest values, as definition 7 of Hyndman and Fan (The American Statistician 50, 1996) has it. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const low = sorted[below]!;
  return low + (at - below) * ((sorted[below + 1] ?? low) - low);
}
