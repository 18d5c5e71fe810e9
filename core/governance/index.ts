export { evaluatePolicies, type GovernanceResult, policyDigestOf } from './evaluate';
export type { ChampionEvidence, GovernanceEvidence, RecordedMetrics } from './evidence';
