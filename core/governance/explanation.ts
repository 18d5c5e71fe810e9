import type { PolicySpec } from '../../lib/governance/contract';
import { type Explanation, type FeatureShare, sharesOf } from '../explain';
import type { GovernanceEvidence } from './evidence';
import { evaluationFault, type Judgement, uriOf } from './policies';

/** Sums of floats leave errors of this order, which must not decide. */
const TOLERANCE = 1e-12;

type ExplanationSpec = Extract<PolicySpec, { kind: 'explanation' }>;

/** Judges what drives the answers: that it is on record, and that no feature, and no protected one, has too large a part. */
export function judgeExplanation(spec: ExplanationSpec, evidence: GovernanceEvidence): Judgement {
  const { maxShare, maxProtectedShare } = spec;
  const bounds = [
    maxShare !== undefined && `each feature at most ${percent(maxShare)}`,
    maxProtectedShare !== undefined && `each protected feature at most ${percent(maxProtectedShare)}`,
  ].filter(Boolean);
  const base = { threshold: bounds.join(', ') || 'on record', evidenceUri: uriOf('evaluation', evidence) };
  const failed = (sentence: string, value?: number): Judgement => ({ ...base, passed: false, value, sentence });
  const fault = evaluationFault(evidence);
  if (fault) return failed(fault);
  const found = evidence.evaluation?.explanations;
  if (!found) return failed('What drives the answers was not measured: start a new run, with explanations turned on.');
  if ('reason' in found) return failed(`What drives the answers was not measured: ${found.reason}`);
  const shares = sharesOf(found);
  const [top] = shares;
  if (!top) return failed('No feature moves the answers: the model answers the same whatever it is told.');
  const guarded = protectedShares(spec, found, shares);
  if (typeof guarded === 'string') return failed(guarded);
  const broken = [
    ...shares
      .filter(({ share }) => maxShare !== undefined && share > maxShare + TOLERANCE)
      .map((each) => over(each, maxShare!)),
    ...guarded
      .filter(({ share }) => maxProtectedShare !== undefined && share > maxProtectedShare + TOLERANCE)
      .map((each) => over(each, maxProtectedShare!, 'protected feature ')),
  ];
  if (broken.length > 0) return failed(broken.join(' '), top.share);
  return { ...base, passed: true, value: top.share, sentence: passing(spec, found, top, guarded) };
}

/** What each protected feature carries at the most; a model that does not see one is not driven by it. */
function protectedShares(spec: ExplanationSpec, found: Explanation, shares: readonly FeatureShare[]) {
  if (spec.maxProtectedShare === undefined) return [];
  const names = spec.protectedFeatures ?? found.facets ?? [];
  if (names.length === 0) return 'Nobody has said which features are protected: name them, or give the schema facets.';
  return names.map((name) => shares.find(({ feature }) => feature === name) ?? { feature: name, share: 0 });
}

const over = ({ feature, share, label }: FeatureShare, most: number, what = ''): string =>
  `The ${what || 'feature '}${feature} carries ${percent(share, most)} of what moves the answers${ofLabel(label)}; ` +
  `at most ${percent(most)} is allowed.`;

function passing(spec: ExplanationSpec, found: Explanation, top: FeatureShare, guarded: readonly FeatureShare[]) {
  const { maxShare, maxProtectedShare } = spec;
  const allowed = maxShare === undefined ? '' : `; at most ${percent(maxShare)} is allowed`;
  const most = `What drives the answers was measured on ${found.rows} held-out rows: ${top.feature} carries the most, ${percent(top.share, maxShare)}${ofLabel(top.label)}${allowed}.`;
  if (maxProtectedShare === undefined) return most;
  const each = guarded.map(({ feature, share }) => `${feature} ${percent(share, maxProtectedShare)}`).join(', ');
  return `${most} Of the protected features the share is: ${each}; at most ${percent(maxProtectedShare)} is allowed.`;
}

const ofLabel = (label: string | undefined): string => (label === undefined ? '' : ` (class ${label})`);

/** A share as people read it: one decimal, or as many as it takes not to read like the bound from which it differs. */
function percent(share: number, bound?: number): string {
  for (let decimals = 1; decimals < 12; decimals++) {
    const text = Number((share * 100).toFixed(decimals));
    if (bound === undefined || Math.abs(share - bound) <= TOLERANCE || text !== Number((bound * 100).toFixed(12)))
      return `${text}%`;
  }
  return `${share * 100}%`;
}
