import type { PolicySpec } from '../../lib/governance/contract';
import { isAllowed } from '../pickle/allowed';
import type { FoundPickle } from '../pickle/inspect';
import type { GovernanceEvidence } from './evidence';
import { type Judgement, uriOf } from './policies';

type ArchiveSpec = Extract<PolicySpec, { kind: 'archive' }>;

/** Whether loading the archive's files runs no code but that of the libraries that made them. */
export function judgeArchive(spec: ArchiveSpec, evidence: GovernanceEvidence): Judgement {
  const { pickles, faults } = evidence;
  const threshold = spec.pickles === 'refuse' ? 'no pickles' : 'known imports only';
  const base = { threshold, evidenceUri: uriOf('archive-report', evidence) };
  if (!pickles) {
    const why = faults?.['archive-report'] ?? 'none is on record';
    const sentence = `The report on the model's archive can't be used: ${why.replace(/\.$/, '')}.`;
    return { ...base, passed: false, value: 'missing', sentence };
  }
  const value = pickles.length === 1 ? '1 pickle' : `${pickles.length} pickles`;
  if (pickles.length === 0) {
    return {
      ...base,
      passed: true,
      value,
      sentence: 'The archive holds no pickles: loading it runs no code of its own.',
    };
  }
  const bad =
    spec.pickles === 'refuse'
      ? pickles.map(({ file }) => `${file} is one`)
      : pickles.flatMap((each) => fault(each, spec));
  if (bad.length > 0) {
    const told = `${bad.slice(0, 5).join('; ')}${bad.length > 5 ? `; and ${bad.length - 5} more` : ''}`;
    const why =
      spec.pickles === 'refuse' ? 'Pickles run code when they are loaded' : 'A pickle may run code when it is loaded';
    return { ...base, passed: false, value, sentence: `${why}: ${told}.` };
  }
  return { ...base, passed: true, value, sentence: `The archive holds ${value}, importing only what models need.` };
}

function fault({ file, unknown, problem }: FoundPickle, { allow = [] }: ArchiveSpec): string[] {
  const strange = unknown.filter((each) => {
    const at = each.lastIndexOf('.');
    return !isAllowed({ module: each.slice(0, at), name: each.slice(at + 1) }, allow);
  });
  const imports = strange.length > 0 ? [`${file} imports ${strange.slice(0, 5).join(', ')}`] : [];
  return problem ? [...imports, `${file} could not be looked through: ${problem}`] : imports;
}
