export { EU_AI_ACT } from './eu-ai-act';
export type { RunFacts, VersionFacts } from './facts';
export { evidencePackHtml } from './html';
export { type JudgedPack, judgePack, type Pack, packProblems } from './pack';
export { PROOFS } from './proofs';
