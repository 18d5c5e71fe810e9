import { addDistinct, estimateDistinct, REGISTERS } from './distinct';
import type { TextProfile } from './types';

/** More distinct values than this are not all kept. */
export const CATEGORY_LIMIT = 1000;

/** Longer values are cut, so that a profile stays small; what was cut ends with an ellipsis. */
const TEXT_LIMIT = 200;

/**
 * Counts texts: all of them up to the limit, then the most frequent ones by the mergeable summary of Misra and Gries
 * (Agarwal et al., Mergeable Summaries, PODS 2012): a count is too low by at most `error` ≤ n / limit. How many distinct
 * ones there were is estimated then.
 */
export class CategoryCounter {
  private readonly counts = new Map<string, number>();
  private registers: Uint8Array | undefined;
  private n = 0;
  private error = 0;

  add(text: string, count = 1): void {
    this.n += count;
    const key = text.length > TEXT_LIMIT ? `${text.slice(0, TEXT_LIMIT - 1)}…` : text;
    const seen = this.counts.get(key);
    this.counts.set(key, (seen ?? 0) + count);
    if (seen !== undefined) return;
    if (this.registers) addDistinct(this.registers, key);
    if (this.counts.size > 2 * CATEGORY_LIMIT) this.reduce();
  }

  addProfile(other: TextProfile): void {
    for (const [text, count] of other.counts) this.add(text, count);
    const counted = [...other.counts.values()].reduce((sum, count) => sum + count, 0);
    this.n += other.n - counted;
    this.error += other.error;
    if (!other.registers) return;
    this.registers ??= this.registersOfAll();
    for (const [at, rank] of other.registers.entries()) {
      if (rank > this.registers[at]!) this.registers[at] = rank;
    }
  }

  finish(): TextProfile {
    if (this.counts.size > CATEGORY_LIMIT) this.reduce();
    const counts = new Map([...this.counts].sort(byCount));
    const { n, error, registers } = this;
    return { n, counts, error, ...(registers && { registers }) };
  }

  private reduce(): void {
    this.registers ??= this.registersOfAll();
    const sorted = [...this.counts].sort(byCount);
    const cut = sorted[CATEGORY_LIMIT]![1];
    this.error += cut;
    this.counts.clear();
    for (const [text, count] of sorted) if (count > cut) this.counts.set(text, count - cut);
  }

  private registersOfAll(): Uint8Array {
    const registers = new Uint8Array(REGISTERS);
    for (const text of this.counts.keys()) addDistinct(registers, text);
    return registers;
  }
}

function byCount(a: readonly [string, number], b: readonly [string, number]): number {
  return b[1] - a[1] || (a[0] < b[0] ? -1 : 1);
}

/** How many distinct texts there were: exact where all were kept, else an estimate. */
export function distinctTexts(profile: TextProfile): number {
  return profile.registers ? Math.max(estimateDistinct(profile.registers), profile.counts.size) : profile.counts.size;
}
