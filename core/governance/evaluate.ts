import type { PolicySpec } from '../../lib/governance/contract';
import type { PolicyVerdict, WaiverRecord } from '../../lib/registry/contract';
import { judgeArchive } from './archive';
import { policyDigestOf } from './digests';
import type { GovernanceEvidence } from './evidence';
import { judgeExplanation } from './explanation';
import { judgeFairness } from './fairness';
import { judgeModelCard } from './model-card';
import { judgeBetterThanChampion, judgeCost, judgeSlices } from './performance';
import { judgePiiPolicy } from './pii';
import {
  type Judgement,
  judgeBeatsChampion,
  judgeDataValidated,
  judgeFunction,
  judgeLineage,
  judgeMetric,
} from './policies';
import { holdsBack, type WaiverScope, withWaiver } from './waivers';

/** All verdicts, and whether none of them holds the version back. */
export interface GovernanceResult {
  readonly passed: boolean;
  /** One verdict a policy, in the order of the policies. */
  readonly verdicts: readonly PolicyVerdict[];
  /** The sentences of the policies that hold it back; absent where none does. */
  readonly reason?: string;
}

/** What people have decided about single policies of a version; newest first. */
export interface Exceptions extends WaiverScope {
  readonly waivers: readonly WaiverRecord[];
}

/**
 * Judges a version by every policy, also after one has failed. Evidence that is missing, damaged or no number fails the
 * policies that need it, with the reason; nothing is thrown.
 * @param exceptions waivers of single policies. @default - none
 */
export function evaluatePolicies(
  policies: readonly PolicySpec[],
  evidence: GovernanceEvidence,
  exceptions?: Exceptions,
): GovernanceResult {
  const judged = policies.map((policy) => verdictOf(policy, evidence));
  const verdicts = exceptions ? judged.map((each) => withWaiver(each, exceptions.waivers, exceptions)) : judged;
  const failed = verdicts.filter(holdsBack);
  const reason = failed.map(({ policy, sentence }) => `${policy}: ${sentence}`).join(' ');
  return { passed: failed.length === 0, verdicts, ...(failed.length > 0 && { reason }) };
}

function verdictOf(policy: PolicySpec, evidence: GovernanceEvidence): PolicyVerdict {
  const judgement = judge(policy, evidence);
  const known = Object.fromEntries(Object.entries(judgement).filter(([, value]) => value !== undefined));
  return {
    policy: policy.id,
    kind: policy.kind,
    ...(known as unknown as Judgement),
    policyDigest: policyDigestOf(policy),
    ...(policy.waivable === false ? { waivable: false } : {}),
  };
}

function judge(policy: PolicySpec, evidence: GovernanceEvidence): Judgement {
  try {
    switch (policy.kind) {
      case 'metric':
        return judgeMetric(policy, evidence);
      case 'beats-champion':
        return judgeBeatsChampion(policy, evidence);
      case 'fairness':
        return judgeFairness(policy, evidence);
      case 'explanation':
        return judgeExplanation(policy, evidence);
      case 'slices':
        return judgeSlices(policy, evidence);
      case 'better-than-champion':
        return judgeBetterThanChampion(policy, evidence);
      case 'cost':
        return judgeCost(policy, evidence);
      case 'pii':
        return judgePiiPolicy(policy, evidence);
      case 'archive':
        return judgeArchive(policy, evidence);
      case 'model-card':
        return judgeModelCard(evidence);
      case 'lineage-complete':
        return judgeLineage(evidence);
      case 'data-validated':
        return judgeDataValidated(evidence);
      case 'function':
        return judgeFunction(policy, evidence);
      default:
        return { passed: false, sentence: `Policies of the kind ${(policy as { kind: unknown }).kind} are not known.` };
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { passed: false, sentence: `The evidence is damaged, so that the policy can't be judged (${message}).` };
  }
}
