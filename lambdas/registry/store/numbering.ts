import { ABSENT, both, type Condition, PRESENT, put, update, type Write } from './items';
import { chainCounterKey, OPEN } from './keys';

/** A change that is of a chain: it can be written when its number in the chain is known. */
export interface Unnumbered {
  /** `model:<name>` or `dataset:<name>`. */
  readonly chain: string;
  readonly numbered: (sequence: number) => Write;
}

/** One part of a transaction as the store's parts give it to the table. */
export type Part = Write | Unnumbered;

/** Name of the conditions that fail where another transaction has taken the numbers. */
export const SEQUENCE = 'sequence';

const isUnnumbered = (part: Part): part is Unnumbered => 'numbered' in part;

/**
 * Numbers the changes of each chain, and raises the chain's counter in the same transaction: numbers neither repeat nor
 * skip, and are in the order in which transactions were made. The counter says since when the chain's audit is behind.
 * @param time now
 * @param lastOf the last number of a chain so far, 0 where there is none
 */
export async function numberChanges(
  parts: readonly Part[],
  time: string,
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
    return { ...part.numbered(numbers.now), name: SEQUENCE };
  });
  return [...writes, ...[...last].map(([chain, { before, now }]) => raise(chain, before, now, time))];
}

const raise = (chain: string, before: number, last: number, time: string): Write => {
  const key = chainCounterKey(chain);
  const behind = { GSI2PK: OPEN.chains, GSI2SK: `${time}#${chain}` };
  return before === 0
    ? put(SEQUENCE, key, { chain, last, ...behind }, ABSENT)
    : update(SEQUENCE, key, { set: { last }, once: behind }, both(PRESENT, lastIs(before)));
};

export const lastIs = (last: number): Condition => ({ text: '#last = :before', values: { ':before': last } });
