export { evaluatePolicies, policyDigestOf } from './evaluate';
export type { GovernanceEvidence } from './evidence';
