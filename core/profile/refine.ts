import type { Column } from './column';
import { nextUp } from './grid';
import type { Bins, NumericProfile, Variation } from './types';

const BLOCKS = 8;
/** How far a sketch's ranks may be off: values this near a decile are kept, so that the decile is exact. */
const RANK_ERROR = 0.003;
/** Values kept for the deciles of one column, at most; beyond it deciles are the sketch's. */
const KEPT_LIMIT = 150_000;
const TENTHS = [1, 2, 3, 4, 5, 6, 7, 8, 9];

/**
 * Watches a baseline's column while its values are counted in edges made by a first pass: finds the exact deciles and
 * makes them edges, and measures how much blocks of rows, in their order, differ from the whole.
 */
export class Refiner {
  private readonly near: Uint8Array;
  private kept: number[] = [];
  private keptBins: number[] = [];
  private seen = 0;
  private readonly blocks: Float64Array[];

  constructor(
    private readonly column: Column,
    first: NumericProfile,
  ) {
    const bins = column.counts.length;
    this.near = new Uint8Array(bins);
    this.blocks = Array.from({ length: first.n >= 50 * BLOCKS ? BLOCKS : 0 }, () => new Float64Array(bins));
    if (first.sketch) this.mark(first);
    const { near, blocks, kept, keptBins } = this;
    column.watch((x, bin) => {
      if (near[bin] === 1 && kept.length < KEPT_LIMIT) {
        kept.push(x);
        keptBins.push(bin);
      }
      if (blocks.length > 0) {
        const block = blocks[Math.min(BLOCKS - 1, Math.floor((this.seen * BLOCKS) / first.n))]!;
        block[bin]! += 1;
        this.seen += 1;
      }
    });
  }

  /** The counts with the deciles among the edges, and the variation. */
  finish(profile: NumericProfile): { readonly numeric: NumericProfile; readonly variation?: Variation } {
    const bins = profile.bins!;
    if (profile.n === 0) return { numeric: profile };
    const variation = this.blocks.length > 0 ? this.variation(bins) : undefined;
    const deciles = TENTHS.map((tenth) => this.decile(bins, profile.n, tenth / 10));
    const refined = deciles.reduce((made, decile) => this.withEdge(made, decile), bins);
    const known = deciles.map((decile) => nearestEdge(refined.edges, decile));
    return { numeric: { ...profile, bins: { ...refined, deciles: known } }, ...(variation && { variation }) };
  }

  private mark(first: NumericProfile): void {
    const { values, weights } = first.sketch!.weighted();
    const grid = this.column.grid!;
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const at = (share: number): number => {
      let seen = 0;
      for (let item = 0; item < values.length; item++) {
        seen += weights[item]!;
        if (seen >= share * total) return values[item]!;
      }
      return values[values.length - 1]!;
    };
    for (const tenth of TENTHS) {
      const from = grid.bin(at(Math.max(0, tenth / 10 - RANK_ERROR)));
      const to = grid.bin(at(Math.min(1, tenth / 10 + RANK_ERROR)));
      for (let bin = from; bin <= to; bin++) if (!isAtom(grid.edges, bin)) this.near[bin] = 1;
    }
  }

  /** numpy's quantile with linear interpolation; of the bin's lower edge where the values were not kept. */
  private decile(bins: Bins, n: number, q: number): number {
    const rank = (n - 1) * q;
    const below = Math.floor(rank);
    const [a, b] = [this.ranked(bins, below), this.ranked(bins, Math.min(below + 1, n - 1))];
    const share = rank - below;
    // The nearer end is the one from which numpy interpolates.
    return share >= 0.5 ? b - (b - a) * (1 - share) : a + (b - a) * share;
  }

  private ranked(bins: Bins, rank: number): number {
    let [seen, bin] = [0, 0];
    while (seen + bins.counts[bin]! <= rank) seen += bins.counts[bin++]!;
    if (isAtom(bins.edges, bin)) return bins.edges[bin - 1]!;
    const inBin = this.valuesIn(bin);
    return inBin.length === bins.counts[bin] ? inBin[rank - seen]! : (bins.edges[bin - 1] ?? bins.edges[0]!);
  }

  private readonly sorted = new Map<number, Float64Array>();
  private valuesIn(bin: number): Float64Array {
    const known = this.sorted.get(bin);
    if (known) return known;
    const values = Float64Array.from(this.kept.filter((_, at) => this.keptBins[at] === bin)).sort();
    this.sorted.set(bin, values);
    return values;
  }

  /** Bins with one more edge, where it is known which of the bin's values lie below it. */
  private withEdge(bins: Bins, edge: number): Bins {
    const { edges, counts, sums } = bins;
    let at = 0;
    while (at < edges.length && edges[at]! <= edge) at += 1;
    if (at > 0 && edges[at - 1] === edge) return bins;
    const [lower, upper] = [edges[at - 1] ?? Number.NEGATIVE_INFINITY, edges[at] ?? Number.POSITIVE_INFINITY];
    const original = this.column.grid!.bin(lower === Number.NEGATIVE_INFINITY ? -Number.MAX_VALUE : lower);
    const inside = this.valuesIn(original).filter((x) => x >= lower && x < upper);
    if (inside.length !== counts[at]) return bins;
    const under = inside.filter((x) => x < edge);
    const underSum = under.reduce((sum, x) => sum + x, 0);
    return {
      ...bins,
      edges: insert(edges, at, edge),
      counts: split(counts, at, under.length),
      sums: split(sums, at, underSum),
    };
  }

  private variation(bins: Bins): Variation {
    const whole = sharesOf(bins.counts);
    const parts = this.blocks.map((block) => sharesOf(block));
    return {
      blocks: BLOCKS,
      ks: Math.max(...parts.map((part) => ksOf(whole, part))),
      psi: Math.max(...parts.map((part) => psiOf(whole, part))),
    };
  }
}

/** Whether the bin holds one value only, its lower edge. */
const isAtom = (edges: Float64Array, bin: number): boolean =>
  bin > 0 && bin < edges.length && edges[bin] === nextUp(edges[bin - 1]!);

const nearestEdge = (edges: Float64Array, x: number): number =>
  edges.reduce((best, edge) => (Math.abs(edge - x) < Math.abs(best - x) ? edge : best), edges[0]!);

function insert(values: Float64Array, at: number, value: number): Float64Array {
  const made = new Float64Array(values.length + 1);
  made.set(values.subarray(0, at));
  made[at] = value;
  made.set(values.subarray(at), at + 1);
  return made;
}

function split(values: Float64Array, at: number, under: number): Float64Array {
  const made = insert(values, at, under);
  made[at + 1]! -= under;
  return made;
}

const sharesOf = (counts: Float64Array): Float64Array => {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count) => count / (total || 1));
};

function ksOf(p: Float64Array, q: Float64Array): number {
  let [sum, largest] = [0, 0];
  for (let bin = 0; bin < p.length; bin++) {
    sum += p[bin]! - q[bin]!;
    largest = Math.max(largest, Math.abs(sum));
  }
  return largest;
}

/** PSI over tenths of the whole. */
function psiOf(whole: Float64Array, part: Float64Array): number {
  let [p, q, seen, psi] = [0, 0, 0, 0];
  for (let bin = 0; bin < whole.length; bin++) {
    p += whole[bin]!;
    q += part[bin]!;
    seen += whole[bin]!;
    const isLast = bin === whole.length - 1;
    if (!isLast && p < 0.0999999) continue;
    if (p > 0 || q > 0)
      psi += (Math.max(q, 1e-4) - Math.max(p, 1e-4)) * Math.log(Math.max(q, 1e-4) / Math.max(p, 1e-4));
    p = 0;
    q = 0;
    if (seen >= 1 - 1e-12) break;
  }
  return psi;
}
