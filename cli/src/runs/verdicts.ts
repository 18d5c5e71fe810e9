import type { PolicyVerdict, WaiverRecord } from '../../../lib/registry/contract';

type Judged = Pick<PolicyVerdict, 'passed' | 'sentence' | 'waived'>;

/** One line a policy, in a sentence for someone who is no engineer. */
export const verdictLines = (verdicts: readonly Judged[]): string[] =>
  verdicts.map((verdict) => `  ${outcomeOf(verdict)}  ${verdict.sentence}`);

const outcomeOf = ({ passed, waived }: Judged): string => (passed ? 'passed' : waived ? 'WAIVED' : 'FAILED');

/** How a waiver stands, in one line. */
export function waiverLine({ policy, number, status, expires, requestedBy, reason, decided, revoked }: WaiverRecord) {
  const last = revoked ?? decided;
  const by = last ? `, ${status.toLowerCase()} by ${last.by.id}${last.comment ? `: ${last.comment}` : ''}` : '';
  return `Waiver ${number} of ${policy} until ${expires}, asked for by ${requestedBy.id}: ${reason}${by}`;
}
