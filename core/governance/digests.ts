import type { PolicySpec } from '../../lib/governance/contract';
import { digestOf } from '../digest';

/** The digest that binds a verdict to the policy's exact words: JSON has no NaN, so a bad bound counts as null. */
export function policyDigestOf(policy: PolicySpec): string {
  return digestOf(JSON.parse(JSON.stringify(policy)));
}

/** A policy by its name and the digest of its words. */
export interface NamedPolicy {
  readonly policy: string;
  readonly policyDigest: string;
}

/** The digest of all policies by which something was judged; it follows from those of the policies, in any order. */
export const policiesDigestOf = (policies: readonly NamedPolicy[]): string =>
  digestOf(
    policies
      .map(({ policy, policyDigest }) => ({ policy, policyDigest }))
      .sort((a, b) => (a.policy < b.policy ? -1 : 1)),
  );
