import { asJson } from '../../../core/audit';
import { canonicalJson, sha256 } from '../../../core/digest';
import type { ReleaseRecord } from '../../../lib/registry/contract';

/** What a change's audit entry says beside the event: kept with the change, in the transaction that makes it. */
export interface ChangeFacts {
  /** What was changed, as it was; absent where there was nothing. */
  readonly before?: object;
  /** What was changed, as it is since. */
  readonly after?: object;
  /** Proofs that it rests on. */
  readonly evidence?: readonly { readonly uri: string; readonly sha256?: string }[];
  /** Digest of the policies that were applied. */
  readonly policyDigest?: string;
}

/** Longer values are kept by size and digest: the record has them whole. */
const MAX_MEMBER_BYTES = 2_000;

/** Facts as they are kept: JSON, with long members of `before` and `after` by their digest. */
export const keptFacts = ({ before, after, evidence = [], policyDigest }: ChangeFacts): object => ({
  before: brief(before),
  after: brief(after),
  evidence: [...new Map(evidence.map(({ uri, sha256 }) => [uri, { uri, ...(sha256 ? { sha256 } : {}) }])).values()],
  ...(policyDigest === undefined ? {} : { policyDigest }),
});

function brief(value: object | undefined): object | null {
  if (value === undefined) return null;
  return Object.fromEntries(
    Object.entries(asJson(value)).map(([name, member]) => {
      const text = canonicalJson(member);
      const bytes = Buffer.byteLength(text);
      return [name, bytes <= MAX_MEMBER_BYTES ? member : { bytes, sha256: sha256(text) }];
    }),
  );
}

/** What differs between two states of a thing, as it was and as it is. */
export function changed(before: object, after: object): Pick<ChangeFacts, 'before' | 'after'> {
  const [was, is] = [asJson(before), asJson(after)];
  const text = (value: unknown): string | undefined => (value === undefined ? undefined : canonicalJson(value));
  const differs = ([name]: [string, unknown]): boolean => text(was[name]) !== text(is[name]);
  const differing = (of: object): object => Object.fromEntries(Object.entries(of).filter(differs));
  return { before: differing(was), after: differing(is) };
}

/** The verdicts of a release as proofs of what is decided about it, by which policies. */
export function verdictsOf({
  verdicts = [],
  policiesDigest,
}: ReleaseRecord): Pick<ChangeFacts, 'evidence' | 'policyDigest'> {
  if (verdicts.length === 0) return {};
  const evidence = verdicts.flatMap(({ evidenceUri }) => (evidenceUri ? [{ uri: evidenceUri }] : []));
  return { evidence, ...(policiesDigest === undefined ? {} : { policyDigest: policiesDigest }) };
}
