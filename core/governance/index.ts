export { policiesDigestOf, policyDigestOf } from './digests';
export { evaluatePolicies } from './evaluate';
export type { GovernanceEvidence } from './evidence';
