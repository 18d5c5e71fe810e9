import { nextUp } from './grid';
import type { Kll } from './kll';

/** How many equal shares the baseline's values are cut into. */
const SHARES = 770;
/** A value that holds as much as this share gets a bin of its own. */
const ATOM_SHARE = 1 / SHARES;

/** Edges such that each of these values has a bin of its own. */
export function atomEdges(values: Iterable<number>): Float64Array {
  return sortedUnique([...values].flatMap((value) => [value, nextUp(value)]));
}

/**
 * About 770 edges that cut a sketch's values into equal shares, with bins of their own for values that are frequent.
 * Edges between are rounded to half of their distance, in binary: they take little room then, and shares need not
 * be exact, because counts in them are.
 */
export function equiDepthEdges({ sketch, min, max }: { sketch: Kll; min: number; max: number }): Float64Array {
  const { values, weights } = sketch.weighted();
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const cuts: number[] = [];
  const atoms: number[] = [];
  // With these, what lies beyond the baseline is counted apart.
  const tails = [min, max, nextUp(max), values[0]!, values[values.length - 1]!];
  let [seen, next] = [0, 1];
  for (let at = 0; at < values.length; ) {
    let [end, run] = [at, 0];
    while (end < values.length && values[end] === values[at]) run += weights[end++]!;
    seen += run;
    if (run >= ATOM_SHARE * total && end - at > 1) atoms.push(values[at]!);
    if (seen >= (next * total) / SHARES) {
      cuts.push(values[at]!);
      next = Math.floor((seen * SHARES) / total) + 1;
    }
    at = end;
  }
  // Tails reach far: their shares are halved on and on, as far as the sketch tells values apart.
  for (let share = 0.5; share * total > 2 * SHARES; share /= 2) {
    const [low, high] = [
      quantileOf(values, weights, (share * total) / SHARES),
      quantileOf(values, weights, total - (share * total) / SHARES),
    ];
    tails.push(low, high);
  }
  const rounded = cuts.map((cut, at) => roundedTo(cut, cut - (cuts[at - 1] ?? cut), (cuts[at + 1] ?? cut) - cut));
  return sortedUnique([...rounded, ...tails, ...atoms.flatMap((atom) => [atom, nextUp(atom)])]);
}

function quantileOf(values: Float64Array, weights: Float64Array, rank: number): number {
  let seen = 0;
  for (let at = 0; at < values.length; at++) {
    seen += weights[at]!;
    if (seen >= rank) return values[at]!;
  }
  return values[values.length - 1]!;
}

function roundedTo(x: number, below: number, above: number): number {
  const width = Math.min(below, above);
  if (!(width > 0) || !Number.isFinite(width)) return x;
  const step = 2 ** Math.floor(Math.log2(width / 2));
  const result = Math.round(x / step) * step;
  return Number.isFinite(result) ? result : x;
}

export function sortedUnique(values: readonly number[]): Float64Array {
  const sorted = Float64Array.from(new Set(values.map((value) => (value === 0 ? 0 : value)))).sort();
  return sorted;
}
