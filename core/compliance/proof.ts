import type { Reference, VersionFacts } from './facts';

/** What a proof says of a version. */
export interface Finding {
  readonly holds: boolean;
  /** What was found, or what is missing and how it comes to be. */
  readonly sentence: string;
  readonly references: readonly Reference[];
}

/** One thing that this system can show of a version, by name; clauses of packs refer to proofs by these names. */
export interface Proof {
  readonly name: string;
  /** What it shows, in a sentence. */
  readonly shows: string;
  readonly find: (facts: VersionFacts) => Finding;
}

export const holds = (sentence: string, ...references: Reference[]): Finding => ({ holds: true, sentence, references });
export const lacks = (sentence: string): Finding => ({ holds: false, sentence, references: [] });

/** The version's evidence of a kind, as a reference. */
export function evidenceOf({ version }: VersionFacts, kind: string, what: string): Reference[] {
  return version.evidence.filter((each) => each.kind === kind).map(({ uri, sha256 }) => ({ what, where: uri, sha256 }));
}

/** Verdicts of the last release on policies of some kinds. */
export const verdictsOf = ({ releases }: VersionFacts, ...kinds: string[]) =>
  (releases[0]?.verdicts ?? []).filter(({ kind }) => kinds.includes(kind));
