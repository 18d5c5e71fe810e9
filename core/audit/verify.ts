import { sha256 } from '../digest';
import { type AuditEntry, GENESIS, type Head, type Link } from './entry';

/** Where a chain is broken: the first entry that is not what was appended. */
export interface AuditFault {
  readonly sequence: number;
  readonly kind: 'changed' | 'removed' | 'reordered';
  /** One sentence for people. */
  readonly message: string;
}

/** What verifying a chain found. */
export interface AuditVerdict {
  /** Entries that were looked at, all of which are sound where there is no fault. */
  readonly entries: number;
  /** Hash of the last entry; GENESIS of an empty chain. */
  readonly hash: string;
  /** Up to which entry heads vouch for the chain; 0 where there are none, and a cut-off end would not be seen. */
  readonly anchored: number;
  readonly fault?: AuditFault;
}

interface Read extends Link {
  readonly computed: string;
  readonly entry: Partial<AuditEntry>;
}

/**
 * Checks a chain from its first entry on.
 * @param chain the chain's name, as its entries carry it
 * @param links in the order in which they are kept
 * @param heads the heads that were written when entries were appended, from where nobody can change them
 */
export function verifyChain(chain: string, links: readonly Link[], heads: readonly Head[] = []): AuditVerdict {
  const known = new Map<number, string>();
  const anchored = heads.reduce((highest, { sequence }) => Math.max(highest, sequence), 0);
  const foreign = heads.find((head) => head.chain !== chain || differs(known, head));
  let hash = GENESIS;
  const verdict = (entries: number, fault?: AuditFault): AuditVerdict => ({
    ...{ entries, hash, anchored },
    ...(fault ? { fault } : {}),
  });
  if (foreign) return verdict(0, fault(foreign.sequence, 'changed', 'has two heads, or one of another chain'));
  for (let index = 0; index < links.length; index++) {
    const found = faultAt(chain, links, index, hash, known);
    if (found) return verdict(index, found);
    hash = links[index]!.hash;
  }
  const missing = heads.reduce(
    (lowest, { sequence }) => (sequence > links.length && sequence < lowest ? sequence : lowest),
    Number.POSITIVE_INFINITY,
  );
  if (missing === Number.POSITIVE_INFINITY) return verdict(links.length);
  const what = `is missing: there is a head of entry ${missing}, and the chain ends before it`;
  return verdict(links.length, fault(links.length + 1, 'removed', what));
}

/** Notes a head; true where another one is known for the same entry. */
function differs(known: Map<number, string>, { sequence, hash }: Head): boolean {
  const before = known.get(sequence);
  known.set(sequence, hash);
  return before !== undefined && before !== hash;
}

function faultAt(
  chain: string,
  links: readonly Link[],
  index: number,
  previous: string,
  heads: ReadonlyMap<number, string>,
): AuditFault | undefined {
  const sequence = index + 1;
  const { computed, entry, hash } = read(links[index]!);
  if (computed !== hash) return fault(sequence, 'changed', 'does not have the hash that is kept with it');
  if (entry.chain !== chain) return fault(sequence, 'changed', `belongs to another chain, ${entry.chain}`);
  if (entry.sequence !== sequence) return misplaced(sequence, entry.sequence, links.slice(index));
  const head = heads.get(sequence);
  if (head !== undefined && head !== computed) return fault(sequence, 'changed', 'is not the one that its head names');
  if (entry.previous === previous) return undefined;
  // With a head, this entry is sound. Else it is if the next one follows from it: then the one before was rewritten.
  const next = links[index + 1];
  const isSound = head !== undefined || next === undefined || read(next).entry.previous === computed;
  if (index === 0 || !isSound) return fault(sequence, 'changed', 'does not follow from the entry before');
  return fault(sequence - 1, 'changed', `is not the one from which entry ${sequence} follows`);
}

function misplaced(sequence: number, found: number | undefined, rest: readonly Link[]): AuditFault {
  const isLater = rest.some((link) => read(link).entry.sequence === sequence);
  const instead = `entry ${found} stands in its place`;
  if (isLater || (found ?? 0) < sequence) return fault(sequence, 'reordered', `is not where it was: ${instead}`);
  return fault(sequence, 'removed', `is missing: ${instead}`);
}

function read({ text, hash }: Link): Read {
  try {
    return { text, hash, computed: sha256(text), entry: (JSON.parse(text) as Partial<AuditEntry> | null) ?? {} };
  } catch {
    return { text, hash, computed: sha256(text), entry: {} };
  }
}

const fault = (sequence: number, kind: AuditFault['kind'], what: string): AuditFault => ({
  sequence,
  kind,
  message: `Entry ${sequence} ${what}.`,
});
