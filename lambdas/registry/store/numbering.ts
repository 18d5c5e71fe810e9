import { ABSENT, both, type Condition, PRESENT, put, update, type Write } from './items';
import { chainCounterKey, type Key } from './keys';

/** A change that is of a chain: it can be written when its number in the chain is known. */
export interface Unnumbered {
  /** `model:<name>` or `dataset:<name>`. */
  readonly chain: string;
  readonly numbered: (sequence: number) => Write;
}

/** One part of a transaction as the store's parts give it to the table. */
export type Part = Write | Unnumbered;

/** Name of the condition that fails where another transaction has taken the numbers. */
export const SEQUENCE = 'sequence';

const isUnnumbered = (part: Part): part is Unnumbered => 'numbered' in part;

/**
 * Numbers the changes of each chain, and raises the chain's counter in the same transaction: numbers neither repeat nor
 * skip, and are in the order in which transactions were made.
 * @param lastOf the last number of a chain so far, 0 where there is none
 */
export async function numberChanges(
  parts: readonly Part[],
  lastOf: (chain: string) => Promise<number>,
): Promise<Write[]> {
  const last = new Map<string, { readonly before: number; now: number }>();
  for (const { chain } of parts.filter(isUnnumbered)) {
    if (last.has(chain)) continue;
    const before = await lastOf(chain);
    last.set(chain, { before, now: before });
  }
  const writes = parts.map((part) => {
    if (!isUnnumbered(part)) return part;
    const numbers = last.get(part.chain)!;
    numbers.now += 1;
    return part.numbered(numbers.now);
  });
  return [...writes, ...[...last].map(([chain, { before, now }]) => raise(chainCounterKey(chain), before, now))];
}

const raise = (key: Key, before: number, last: number): Write =>
  before === 0
    ? put(SEQUENCE, key, { last }, ABSENT)
    : update(SEQUENCE, key, { set: { last } }, both(PRESENT, at(before)));

const at = (last: number): Condition => ({ text: '#last = :before', values: { ':before': last } });
