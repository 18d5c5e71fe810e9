import type { PolicySpec } from '../../lib/governance/contract';
import { type BiasVerdict, boundProblem, FacetError, judgeBias, measureCells, parseFacet } from '../fairness';
import type { GovernanceEvidence } from './evidence';
import { evaluationFault, type Judgement, uriOf } from './policies';

type FairnessSpec = Extract<PolicySpec, { kind: 'fairness' }>;

/** Judges every group of a facet; the worst of them is the verdict's value. */
export function judgeFairness(spec: FairnessSpec, evidence: GovernanceEvidence): Judgement {
  const { metric, facet, max, min, minRows } = spec;
  const threshold = min === undefined ? `at most ${max} either way` : `at least ${min} either way`;
  const base = { threshold, evidenceUri: uriOf('evaluation', evidence) };
  const failed = (sentence: string): Judgement => ({ ...base, passed: false, sentence });
  const problem = boundProblem(spec);
  if (problem) return failed(`The policy can't be judged: ${problem}`);
  const fault = evaluationFault(evidence);
  if (fault) return failed(fault);
  const bias = evidence.evaluation?.bias;
  if (!bias) return failed('The evaluation has no counts by facet: add the facet to the schema, and start a new run.');
  if ('reason' in bias) return failed(`Bias was not measured: ${bias.reason}`);
  const verdicts = verdictsOf(() => judgeBias(measureCells(bias, [parseFacet(facet)]), { metric, max, min, minRows }));
  if (typeof verdicts === 'string') return failed(`${facet} can't be judged: ${verdicts}`);
  const judged = verdicts.filter(({ verdict }) => verdict !== 'unjudged');
  if (judged.length === 0) return failed(`No group could be judged. ${sentencesOf(verdicts)}`);
  const broken = judged.filter(({ verdict }) => verdict === 'failed');
  const worst = judged.reduce((a, b) => (distance(b.value!) > distance(a.value!) ? b : a));
  const value = Number.isFinite(worst.value) ? worst.value : String(worst.value);
  if (broken.length > 0) return { ...base, passed: false, value, sentence: sentencesOf(broken) };
  const tooSmall = verdicts.filter(({ verdict }) => verdict === 'unjudged');
  return { ...base, passed: true, value, sentence: sentencesOf([worst, ...tooSmall]) };

  function distance(each: number): number {
    return min === undefined ? Math.abs(each) : -Math.min(each, 1 / each);
  }
}

function verdictsOf(judge: () => BiasVerdict[]): BiasVerdict[] | string {
  try {
    return judge();
  } catch (error) {
    if (error instanceof FacetError) return error.message;
    throw error;
  }
}

const sentencesOf = (verdicts: readonly BiasVerdict[]): string => verdicts.map(({ sentence }) => sentence).join(' ');
