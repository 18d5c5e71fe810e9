import type { BiasValue, GroupBias } from './analysis';
import { POST_TRAINING, PRE_TRAINING } from './metrics';
import { inWords } from './words';

/** A bound on a metric of bias. */
export interface BiasBound {
  /** Name of the metric, for example `DPPL`. */
  readonly metric: string;
  /** Largest distance from equal treatment; for a metric that is 0 where groups are treated alike. */
  readonly max?: number;
  /** Smallest ratio; for Disparate Impact, of which the smaller of itself and its inverse is judged. */
  readonly min?: number;
  /** The facet whose groups are judged. @default - every one */
  readonly facet?: string;
  /** Groups with fewer rows (or fewer others) are too small to be judged. @default 30 */
  readonly minRows?: number;
}

/** One group judged by one bound. */
export interface BiasVerdict {
  readonly facet: string;
  readonly group: string;
  readonly metric: string;
  readonly value?: number;
  /** `unjudged`: the group is too small, or the metric has no value there. */
  readonly verdict: 'passed' | 'failed' | 'unjudged';
  /** What was found, for a person who is no engineer. */
  readonly sentence: string;
}

const DEFAULT_ROWS = 30;
const METRICS = [...PRE_TRAINING, ...POST_TRAINING];
const NAMES = [...METRICS.map(({ name }) => name), 'FT'];

/** What is wrong with a bound; undefined where it can be judged by. */
export function boundProblem({ metric, min, max, minRows }: BiasBound): string | undefined {
  if (!NAMES.includes(metric)) return `'${metric}' is no metric of bias: use one of ${NAMES.sort().join(', ')}.`;
  const isRatio = METRICS.some(({ name, fair }) => name === metric && fair === 1);
  const [bound, name, other] = isRatio ? [min, 'min', max] : [max, 'max', min];
  if (bound === undefined || !Number.isFinite(bound) || bound < 0 || (isRatio && bound > 1)) {
    return `${metric} needs ${name}, a number ${isRatio ? 'from 0 to 1' : 'of at least 0'}; received ${bound}.`;
  }
  if (other !== undefined)
    return `${metric} takes ${name} alone; received ${isRatio ? 'max' : 'min'} ${other} as well.`;
  if (minRows !== undefined && !(Number.isInteger(minRows) && minRows >= 1)) {
    return `minRows is a whole number of at least 1; received ${minRows}.`;
  }
  return undefined;
}

/** Judges every group that the bound is about. */
export function judgeBias(groups: readonly GroupBias[], bound: BiasBound): BiasVerdict[] {
  const { facet, metric, minRows = DEFAULT_ROWS } = bound;
  return groups
    .filter((group) => facet === undefined || group.facet === facet)
    .map((group) => {
      const base = { facet: group.facet, group: group.value, metric };
      const who = `${group.facet} = ${group.value}`;
      const fewest = Math.min(group.rows, group.otherRows);
      if (fewest < minRows) {
        const sentence = `${who} is not judged: ${fewest} rows on one side are fewer than ${minRows}.`;
        return { ...base, verdict: 'unjudged', sentence };
      }
      const found = [...group.preTraining, ...(group.postTraining ?? [])].find(({ name }) => name === metric);
      if (found?.value === undefined) {
        const why = found?.error ?? 'it was not measured; it needs predictions.';
        return { ...base, verdict: 'unjudged', sentence: `${who} has no ${metric}: ${why}` };
      }
      return { ...base, value: found.value, ...verdictOf(who, found, found.value, bound) };
    });
}

function verdictOf(
  who: string,
  { name, description: what }: Pick<BiasValue, 'name' | 'description'>,
  value: number,
  { min, max }: BiasBound,
): Pick<BiasVerdict, 'verdict' | 'sentence'> {
  const shown = round(value);
  const means = inWords(name, value);
  if (min !== undefined) {
    const passed = Math.min(value, 1 / value) >= min;
    const rule = `between ${round(min)} and ${round(1 / min)} is allowed`;
    return { verdict: passed ? 'passed' : 'failed', sentence: `${who}: the ${what} is ${shown}; ${rule}.${means}` };
  }
  const passed = Math.abs(value) <= max!;
  const rule = `at most ${max} either way is allowed`;
  return { verdict: passed ? 'passed' : 'failed', sentence: `${who}: the ${what} is ${shown}; ${rule}.${means}` };
}

const round = (value: number): string => (Number.isFinite(value) ? String(Number(value.toFixed(4))) : 'infinite');
