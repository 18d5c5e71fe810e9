import { nextUp } from '../profile/grid';
import type { NumericProfile } from '../profile/types';

/** The share of values below x, at sorted places, exact at the edges of a profile and straight between. */
export interface Cdf {
  readonly x: Float64Array;
  /** Share of values < x. */
  readonly below: Float64Array;
  /** ∫ of the share up to each place; exact where bins' sums are known. */
  readonly area: Float64Array;
  /** The places without the least and the largest value: what two profiles of one baseline have in common. */
  readonly edges: readonly number[];
  readonly n: number;
}

/** The profile's shares as a function of x; undefined where there is no number in it. */
export function cdfOf(profile: NumericProfile | undefined): Cdf | undefined {
  if (!profile || profile.n === 0) return undefined;
  if (profile.sketch) return fromSketch(profile);
  return profile.bins ? fromBins(profile) : undefined;
}

function fromBins({ n, min, max, bins }: NumericProfile): Cdf {
  const { edges, counts, sums } = bins!;
  const top = nextUp(max);
  const inner = Array.from(edges).filter((edge) => edge > min && edge < top);
  const x = Float64Array.from([min, ...inner, top]);
  const below = new Float64Array(x.length);
  const area = new Float64Array(x.length);
  const first = edges.findIndex((edge) => edge > min);
  const from = first < 0 ? edges.length : first;
  let seen = 0;
  for (let at = 0; at + 1 < x.length; at++) {
    const count = counts[from + at]!;
    const [low, high] = [x[at]!, x[at + 1]!];
    // ∫F = [xF] − ∫x dF, of which the last is the bin's sum.
    const whole = (seen * (high - low) + count * high - sums[from + at]!) / n;
    const [least, most] = [(seen / n) * (high - low), ((seen + count) / n) * (high - low)];
    area[at + 1] = area[at]! + Math.min(Math.max(whole, least), most);
    seen += count;
    below[at + 1] = seen / n;
  }
  return { x, below, area, edges: inner, n };
}

function fromSketch({ n, min, max, sketch }: NumericProfile): Cdf {
  const { values, weights } = sketch!.weighted();
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const xs: number[] = [min];
  const shares: number[] = [0];
  let seen = 0;
  for (let at = 0; at < values.length; ) {
    const value = values[at]!;
    if (value > xs[xs.length - 1]!) push(value, seen / total);
    while (at < values.length && values[at] === value) seen += weights[at++]!;
    push(nextUp(value), seen / total);
  }
  if (xs[xs.length - 1]! < max) push(nextUp(max), 1);
  function push(x: number, share: number): void {
    xs.push(x);
    shares.push(share);
  }
  const area = new Float64Array(xs.length);
  for (let at = 1; at < xs.length; at++) {
    area[at] = area[at - 1]! + ((shares[at - 1]! + shares[at]!) / 2) * (xs[at]! - xs[at - 1]!);
  }
  return { x: Float64Array.from(xs), below: Float64Array.from(shares), area, edges: xs.slice(1, -1), n };
}

/** Share of values below x. */
export function shareBelow({ x, below }: Cdf, at: number): number {
  const last = x.length - 1;
  if (at <= x[0]!) return 0;
  if (at >= x[last]!) return 1;
  let [low, high] = [0, last];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (x[middle]! <= at) low = middle;
    else high = middle;
  }
  const [from, to] = [x[low]!, x[high]!];
  return below[low]! + (below[high]! - below[low]!) * ((at - from) / (to - from));
}

/** ∫ of the share up to x. */
function areaUpTo(cdf: Cdf, at: number): number {
  const { x, area, below } = cdf;
  const last = x.length - 1;
  if (at <= x[0]!) return 0;
  if (at >= x[last]!) return area[last]! + (at - x[last]!);
  let [low, high] = [0, last];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (x[middle]! <= at) low = middle;
    else high = middle;
  }
  return area[low]! + ((below[low]! + shareBelow(cdf, at)) / 2) * (at - x[low]!);
}

/** The largest distance of two functions, and the area between them. */
export function distances(f: Cdf, g: Cdf): { readonly ks: number; readonly wasserstein: number } {
  let ks = 0;
  for (const x of new Set([...f.x, ...g.x])) ks = Math.max(ks, Math.abs(shareBelow(f, x) - shareBelow(g, x)));
  const ends = [...f.x.slice(0, 1), ...g.x.slice(0, 1), ...f.x.slice(-1), ...g.x.slice(-1)];
  const outer = [Math.min(...ends), Math.max(...ends)];
  const places = Float64Array.from(new Set([...outer, ...f.edges, ...g.edges])).sort();
  let wasserstein = 0;
  for (let at = 1; at < places.length; at++) {
    const [low, high] = [places[at - 1]!, places[at]!];
    wasserstein += areaBetween(rampOf(f, low, high), rampOf(g, low, high), low, high);
  }
  return { ks, wasserstein };
}

/** A function that rises from one share to another between two places, and is level before and after. */
interface Ramp {
  readonly from: number;
  readonly to: number;
  readonly least: number;
  readonly most: number;
}

/**
 * What is known of the function between two places (its ends and its area, that is, count and mean of a bin) as a ramp that
 * has the same: values lie evenly about their mean, as far as the nearer border.
 */
function rampOf(cdf: Cdf, low: number, high: number): Ramp {
  const [least, most] = [shareBelow(cdf, low), shareBelow(cdf, high)];
  const area = areaUpTo(cdf, high) - areaUpTo(cdf, low);
  if (most <= least) return { from: low, to: high, least, most };
  const mean = Math.min(high, Math.max(low, high - (area - least * (high - low)) / (most - least)));
  const reach = Math.min(mean - low, high - mean);
  return { from: mean - reach, to: mean + reach, least, most };
}

/** The area between two ramps: exact, piece by piece. */
function areaBetween(f: Ramp, g: Ramp, low: number, high: number): number {
  const places = [low, f.from, f.to, g.from, g.to, high].sort((a, b) => a - b);
  let area = 0;
  for (let at = 1; at < places.length; at++) {
    const [from, to] = [places[at - 1]!, places[at]!];
    if (!(to > from)) continue;
    // Slightly inside: where a ramp is a step, its value at the border is that of the next piece.
    const middle = (from + to) / 2;
    const slope = slopeAt(f, middle) - slopeAt(g, middle);
    const gap = valueAt(f, middle) - valueAt(g, middle);
    const half = (slope * (to - from)) / 2;
    const [a, b] = [gap - half, gap + half];
    area += a * b < 0 ? crossing(a, b, to - from) : Math.abs(gap) * (to - from);
  }
  return area;
}

function valueAt({ from, to, least, most }: Ramp, x: number): number {
  if (x <= from) return least;
  if (x >= to) return most;
  return least + ((most - least) * (x - from)) / (to - from);
}

const slopeAt = ({ from, to, least, most }: Ramp, x: number): number =>
  x > from && x < to ? (most - least) / (to - from) : 0;

/** Area of the two triangles that a line from a to b, of other sign, makes with zero. */
const crossing = (a: number, b: number, width: number): number =>
  ((a * a + b * b) / (2 * (Math.abs(a) + Math.abs(b)))) * width;
