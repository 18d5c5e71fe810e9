import { AttestationError, type VerificationKey } from '../../../core/attestation';
import { type AuditVerdict, believedHead, type KeptHead, type Link, verifyChain } from '../../../core/audit';

/** What verifying an audit found, for people and scripts. */
export interface AuditFinding extends AuditVerdict {
  readonly ok: boolean;
  readonly chain: string;
  /** Up to which entry a head is signed; 0 where none is, or no key was given. */
  readonly signed: number;
  /** One sentence. */
  readonly sentence: string;
}

/** Holds a chain against its hashes, its heads, and with a key the heads against their signatures. */
export function verifyAudit(
  chain: string,
  { links, heads }: { readonly links: readonly Link[]; readonly heads: readonly KeptHead[] },
  key?: VerificationKey,
): AuditFinding {
  const bare = heads.map(({ head }) => head);
  const found = verifyChain(chain, links, bare);
  const { signed, problem } = key ? signaturesOf(heads, key) : { signed: 0, problem: undefined };
  const fault = found.fault?.message ?? problem;
  return { ...found, ok: fault === undefined, chain, signed, sentence: fault ?? soundly(found, signed) };
}

/** Heads from before the platform had a key carry no signature; the newest has to. */
function signaturesOf(heads: readonly KeptHead[], key: VerificationKey) {
  const [last] = heads.toSorted((a, b) => b.head.sequence - a.head.sequence);
  const toBelieve = heads.filter((head) => head === last || head.signature !== undefined);
  try {
    const believed = toBelieve.map((head) => believedHead(head, key).sequence);
    return { signed: Math.max(0, ...believed) };
  } catch (error) {
    if (error instanceof AttestationError) return { signed: 0, problem: error.message };
    throw error;
  }
}

function soundly({ entries, anchored }: AuditVerdict, signed: number): string {
  const heads =
    anchored === 0
      ? 'No head vouches for it: an end that was cut off would not be seen.'
      : `Heads in the evidence vouch for it up to entry ${anchored}${signed ? `, signed up to entry ${signed}` : ', not signed'}.`;
  return `${entries} entries, each as it was appended. ${heads}`;
}
