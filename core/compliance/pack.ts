import { nearest } from '../nearest';
import type { VersionFacts } from './facts';
import type { Finding } from './proof';
import { PROOFS } from './proofs';

/** One requirement of a regulation. */
export interface Clause {
  /** Such as `Art. 9(2)(a)`. */
  readonly id: string;
  /** What it asks, in our words. */
  readonly asks: string;
  /** Names of the proofs that show it; all of them have to hold. Empty where nothing in this system can show it. */
  readonly proofs: readonly string[];
  /** What the organisation has to show itself, beside the proofs or in their place. */
  readonly organisation?: string;
  /** When it applies, where it does not always. */
  readonly appliesIf?: string;
}

/** The requirements of a regulation, each mapped to the evidence that this system holds. Users write packs of their own. */
export interface Pack {
  readonly id: string;
  readonly title: string;
  /** Address of the text. */
  readonly source: string;
  /** Which edition of the text it was written by, and what it covers. */
  readonly edition: string;
  readonly sections: readonly { readonly title: string; readonly clauses: readonly Clause[] }[];
}

/**
 * - `shown`: every proof holds, and nothing else is asked for;
 * - `partly`: proofs hold, but not all, or the organisation has something to show as well;
 * - `not shown`: no proof holds;
 * - `organisation`: nothing in this system can show it.
 */
export type ClauseStatus = 'shown' | 'partly' | 'not shown' | 'organisation';

export interface JudgedClause extends Clause {
  readonly status: ClauseStatus;
  readonly findings: readonly (Finding & { readonly proof: string })[];
}

export interface JudgedPack extends Omit<Pack, 'sections'> {
  readonly sections: readonly { readonly title: string; readonly clauses: readonly JudgedClause[] }[];
  /** Clauses by status. */
  readonly counts: Readonly<Record<ClauseStatus, number>>;
}

/** Holds a pack against what is known of a version. @throws Error for a pack that names unknown proofs */
export function judgePack(pack: Pack, facts: VersionFacts): JudgedPack {
  const problems = packProblems(pack);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  const sections = pack.sections.map(({ title, clauses }) => ({
    title,
    clauses: clauses.map((clause) => judgeClause(clause, facts)),
  }));
  const counts = { shown: 0, partly: 0, 'not shown': 0, organisation: 0 };
  for (const { status } of sections.flatMap(({ clauses }) => clauses)) counts[status]++;
  return { ...pack, sections, counts };
}

function judgeClause(clause: Clause, facts: VersionFacts): JudgedClause {
  const findings = clause.proofs.map((name) => ({ proof: name, ...PROOFS.get(name)!.find(facts) }));
  const held = findings.filter((finding) => finding.holds).length;
  return { ...clause, findings, status: statusOf(held, findings.length, clause.organisation !== undefined) };
}

function statusOf(held: number, asked: number, more: boolean): ClauseStatus {
  if (asked === 0) return 'organisation';
  if (held === 0) return 'not shown';
  return held === asked && !more ? 'shown' : 'partly';
}

/** What is wrong with a pack, a sentence each. */
export function packProblems({ id, sections }: Pack): string[] {
  const clauses = sections.flatMap((section) => section.clauses);
  const unknown = clauses.flatMap((clause) =>
    clause.proofs
      .filter((proof) => !PROOFS.has(proof))
      .map((proof) => {
        const close = nearest(proof, [...PROOFS.keys()]);
        const hint =
          close.length > 0 ? `Did you mean ${close.join(' or ')}?` : `There are: ${[...PROOFS.keys()].join(', ')}.`;
        return `The clause ${clause.id} of the pack '${id}' names the proof '${proof}', which does not exist. ${hint}`;
      }),
  );
  const silent = clauses
    .filter(({ proofs, organisation }) => proofs.length === 0 && !organisation)
    .map(
      (clause) => `The clause ${clause.id} of the pack '${id}' has no proofs: say under 'organisation' who shows it.`,
    );
  const ids = clauses.map((clause) => clause.id);
  const doubled = ids.filter((each, at) => ids.indexOf(each) !== at);
  return [...unknown, ...silent, ...doubled.map((each) => `The pack '${id}' has the clause ${each} twice.`)];
}
