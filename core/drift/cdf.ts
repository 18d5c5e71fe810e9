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
  let [wasserstein, gapBefore, areaBefore] = [0, 0, 0];
  for (let at = 1; at < places.length; at++) {
    const x = places[at]!;
    const gap = shareBelow(f, x) - shareBelow(g, x);
    const area = areaUpTo(f, x) - areaUpTo(g, x);
    const net = Math.abs(area - areaBefore);
    // Where the functions cross, the net area hides a part: the straight lines' area is the better guess.
    const crosses = gapBefore * gap < 0;
    wasserstein += crosses ? Math.max(net, crossing(gapBefore, gap, x - places[at - 1]!)) : net;
    [gapBefore, areaBefore] = [gap, area];
  }
  return { ks, wasserstein };
}

/** Area of the two triangles that a line from a to b, of other sign, makes with zero. */
const crossing = (a: number, b: number, width: number): number =>
  ((a * a + b * b) / (2 * (Math.abs(a) + Math.abs(b)))) * width;
