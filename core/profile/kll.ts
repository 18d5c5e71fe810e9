/**
 * A KLL quantile sketch (Karnin, Lang, Liberty, Optimal Quantile Approximation in Streams, FOCS 2016): items of level l
 * stand for 2^l values each. Where the paper tosses a coin, each level takes its odd and its even items in turn, so that
 * the same values in the same order give the same sketch. With k 2048 ranks are off by about 0.1%.
 */
export class Kll {
  private base: Float64Array;
  private size = 0;
  private readonly flips: boolean[] = [];

  constructor(
    readonly k = 2048,
    /** Items above level 0, from level 1 on. */
    private readonly upper: number[][] = [],
    base: ArrayLike<number> = [],
    public n = 0,
  ) {
    this.base = new Float64Array(k);
    for (let at = 0; at < base.length; at++) {
      if (this.size === k) this.compactBase();
      this.base[this.size++] = base[at]!;
    }
  }

  add(x: number): void {
    if (this.size === this.k) this.compactBase();
    this.base[this.size++] = x;
    this.n += 1;
  }

  /** Items by level, level 0 first: the form of Model Monitor's `sketch.data`. */
  levels(): number[][] {
    return [Array.from(this.base.subarray(0, this.size)), ...this.upper];
  }

  merge(other: Kll): Kll {
    const merged = new Kll(
      this.k,
      this.upper.map((items) => [...items]),
      this.base.subarray(0, this.size),
    );
    for (const [level, items] of other.levels().entries()) merged.addAt(level, items);
    merged.n = this.n + other.n;
    return merged;
  }

  /** The items in order with how many values each stands for. */
  weighted(): { readonly values: Float64Array; readonly weights: Float64Array } {
    const items = this.levels().flatMap((level, at) => level.map((value): [number, number] => [value, 2 ** at]));
    items.sort((a, b) => a[0] - b[0]);
    return { values: Float64Array.from(items, ([value]) => value), weights: Float64Array.from(items, ([, w]) => w) };
  }

  private addAt(level: number, items: readonly number[]): void {
    if (level === 0) {
      for (const x of items) {
        if (this.size === this.k) this.compactBase();
        this.base[this.size++] = x;
      }
      return;
    }
    while (this.upper.length < level) this.upper.push([]);
    this.upper[level - 1]!.push(...items);
    this.shrink();
  }

  private compactBase(): void {
    const sorted = this.base.subarray(0, this.size).sort();
    this.promote(0, sorted);
    this.size = sorted.length % 2;
    if (this.size === 1) this.base[0] = sorted[sorted.length - 1]!;
    this.shrink();
  }

  /** Each level below the top holds at most 2/3 of what the one above it may. */
  private shrink(): void {
    for (let level = 1; level <= this.upper.length; level++) {
      const items = this.upper[level - 1]!;
      if (items.length <= Math.max(64, this.k * (2 / 3) ** (this.upper.length - level))) continue;
      const sorted = Float64Array.from(items).sort();
      this.promote(level, sorted);
      this.upper[level - 1] = sorted.length % 2 === 1 ? [sorted[sorted.length - 1]!] : [];
    }
  }

  private promote(level: number, sorted: Float64Array): void {
    while (this.upper.length <= level) this.upper.push([]);
    const above = this.upper[level]!;
    const odd = this.flips[level] ?? false;
    this.flips[level] = !odd;
    const even = sorted.length - (sorted.length % 2);
    for (let at = odd ? 1 : 0; at < even; at += 2) above.push(sorted[at]!);
  }
}
