import { nextUp } from '../profile/grid';
import type { NumericProfile } from '../profile/types';

/** The share of values below x, at sorted places, exact at the edges of a profile and straight between. */
export interface Cdf {
  readonly x: Float64Array;
  /** Share of values < x. */
  readonly below: Float64Array;
  /** From one place to the next: ∫ of the share. Exact where the bin's sum is known. */
  readonly area: Float64Array;
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
  const area = new Float64Array(x.length - 1);
  const first = edges.findIndex((edge) => edge > min);
  const from = first < 0 ? edges.length : first;
  let seen = 0;
  for (let at = 0; at + 1 < x.length; at++) {
    const count = counts[from + at]!;
    const [low, high] = [x[at]!, x[at + 1]!];
    // ∫F = [xF] − ∫x dF, of which the last is the bin's sum.
    area[at] = (seen * (high - low) + count * high - sums[from + at]!) / n;
    area[at] = Math.min(Math.max(area[at]!, (seen / n) * (high - low)), ((seen + count) / n) * (high - low));
    seen += count;
    below[at + 1] = seen / n;
  }
  return { x, below, area, n };
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
  const area = Float64Array.from(
    { length: xs.length - 1 },
    (_, at) => ((shares[at]! + shares[at + 1]!) / 2) * (xs[at + 1]! - xs[at]!),
  );
  return { x: Float64Array.from(xs), below: Float64Array.from(shares), area, n };
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

/** ∫ of the share from a to b, which lie in one stretch between two places of the function, or outside of it. */
function areaBetween(cdf: Cdf, a: number, b: number): number {
  const { x, area } = cdf;
  if (b <= x[0]!) return 0;
  if (a >= x[x.length - 1]!) return b - a;
  let [low, high] = [0, x.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (x[middle]! <= a) low = middle;
    else high = middle;
  }
  if (x[low] === a && x[high] === b) return area[low]!;
  return ((shareBelow(cdf, a) + shareBelow(cdf, b)) / 2) * (b - a);
}

/** The largest distance of two functions, and the area between them. */
export function distances(f: Cdf, g: Cdf): { readonly ks: number; readonly wasserstein: number } {
  const places = Float64Array.from(new Set([...f.x, ...g.x])).sort();
  let [ks, wasserstein, before] = [0, 0, 0];
  for (let at = 0; at < places.length; at++) {
    const x = places[at]!;
    const gap = shareBelow(f, x) - shareBelow(g, x);
    ks = Math.max(ks, Math.abs(gap));
    if (at > 0) {
      const from = places[at - 1]!;
      const net = Math.abs(areaBetween(f, from, x) - areaBetween(g, from, x));
      // Where the functions cross, the net area hides a part: the straight lines' area is the better guess.
      wasserstein += before * gap < 0 ? Math.max(net, crossing(before, gap, x - from)) : net;
    }
    before = gap;
  }
  return { ks, wasserstein };
}

/** Area of the two triangles that a line from a to b, of other sign, makes with zero. */
const crossing = (a: number, b: number, width: number): number =>
  ((a * a + b * b) / (2 * (Math.abs(a) + Math.abs(b)))) * width;
