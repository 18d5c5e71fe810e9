import { canonicalJson, jsonText, sha256 } from '../digest';
import { type Acting, answerableFor } from '../identity';

/** `previous` of a chain's first entry. */
export const GENESIS = '0'.repeat(64);

/** A proof that a change rests on, by where it is and the digest of its bytes. */
export interface EvidenceKey {
  readonly uri: string;
  readonly sha256?: string;
}

/** A change of the registry as the registry recorded it, in the transaction that made it. */
export interface RecordedChange {
  /** `model:<name>` or `dataset:<name>`: an entry is of one chain. */
  readonly chain: string;
  /** 1 for the chain's first, and one more for each. */
  readonly sequence: number;
  readonly changeId: string;
  /** Such as `Approval Recorded`. */
  readonly type: string;
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly actor: Acting;
  /** What it is about: model, version, release, alias, status, reason. */
  readonly subject: Readonly<Record<string, unknown>>;
  /** What was changed, as it was; null where there was nothing, or nothing was kept. */
  readonly before: unknown;
  /** What was changed, as it is since. */
  readonly after: unknown;
  readonly evidence: readonly EvidenceKey[];
  /** Digest of the policies that were applied. */
  readonly policyDigest?: string;
}

/** A recorded change in its chain. */
export interface AuditEntry extends RecordedChange {
  /** Who is answerable, with a shared role as one person; absent where a machine acted by itself. */
  readonly person?: string;
  /** Hash of the entry before. */
  readonly previous: string;
}

/** An entry as it is kept: its canonical text (RFC 8785), and the SHA-256 of that text. */
export interface Link {
  readonly text: string;
  readonly hash: string;
}

/** Where a chain stood: what is signed, and kept where nobody can change it. */
export interface Head {
  readonly chain: string;
  readonly sequence: number;
  readonly hash: string;
}

/**
 * The next link of a chain. The same change after the same entry always gives the same bytes.
 * @param previous hash of the entry before; GENESIS for the first
 */
export function linkOf(change: RecordedChange, previous: string): Link {
  const entry: AuditEntry = { ...change, person: answerableFor(change.actor), previous };
  const text = canonicalJson(asJson(entry));
  return { text, hash: sha256(text) };
}

/** A value as JSON that has a canonical form. */
export const asJson = (value: object): Record<string, unknown> =>
  JSON.parse(jsonText(value)) as Record<string, unknown>;

/** The entry that a link holds. @throws SyntaxError where the text is no JSON */
export const entryOf = ({ text }: Link): AuditEntry => JSON.parse(text) as AuditEntry;

/** The head that a link makes, where it is the last. */
export const headOf = (chain: string, sequence: number, { hash }: Link): Head => ({ chain, sequence, hash });
