import type { PolicyVerdict } from '../../../lib/registry/contract';

/** One line a policy, in a sentence for someone who is no engineer. */
export const verdictLines = (verdicts: readonly Pick<PolicyVerdict, 'passed' | 'sentence'>[]): string[] =>
  verdicts.map(({ passed, sentence }) => `  ${passed ? 'passed' : 'FAILED'}  ${sentence}`);
