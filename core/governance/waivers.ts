import type { Actor, PolicyVerdict, WaiverRecord } from '../../lib/registry/contract';
import { answerableFor } from '../identity';

/** The longest time for which a policy is waived. */
export const MOST_WAIVED_DAYS = 90;

/** Never waived: what is not on record, and an archive that may run anything. A decision makes neither of them good. */
const NEVER_WAIVED: ReadonlySet<string> = new Set(['lineage-complete', 'archive']);

/** Whether a second person may set a policy aside for a version. */
export const isWaivable = ({ kind, waivable }: Pick<PolicyVerdict, 'kind' | 'waivable'>): boolean =>
  waivable !== false && !NEVER_WAIVED.has(kind);

/** Whether a verdict keeps its version from serving. */
export const holdsBack = ({ passed, waived }: Pick<PolicyVerdict, 'passed' | 'waived'>): boolean => !passed && !waived;

/** The version for which waivers are looked at, and the day in UTC, `2027-01-31`. */
export interface WaiverScope {
  readonly model: string;
  readonly version: number;
  readonly today: string;
}

/** Why a waiver does not count for a verdict on this day, as the end of a sentence; undefined where it counts. */
export function waiverProblem(
  waiver: WaiverRecord,
  verdict: Pick<PolicyVerdict, 'policy' | 'policyDigest' | 'kind' | 'waivable'>,
  { model, version, today }: WaiverScope,
): string | undefined {
  const { status, decided, revoked, expires, requestedBy } = waiver;
  if (waiver.model !== model || waiver.version !== version || waiver.policy !== verdict.policy) {
    return `it is for ${waiver.policy} of ${waiver.model} version ${waiver.version}`;
  }
  if (!isWaivable(verdict)) return 'this policy may not be waived';
  if (status === 'REQUESTED') return 'nobody has granted it yet';
  if (status === 'REJECTED') return `${named(decided?.by)} rejected it${because(decided?.comment)}`;
  if (status === 'REVOKED') return `${named(revoked?.by)} revoked it${because(revoked?.comment)}`;
  if (waiver.policyDigest !== verdict.policyDigest) return 'the policy has been changed since it was granted';
  if (expires < today) return `it expired after ${expires}`;
  return isSecondPerson(requestedBy, decided?.by) ? undefined : 'no second person granted it';
}

/**
 * A verdict as the waivers of its policy leave it: a failed one is waived where one of them counts, and says otherwise why
 * none does. What passed stays as it is.
 * @param waivers of whatever policies, newest first
 */
export function withWaiver(
  verdict: PolicyVerdict,
  waivers: readonly WaiverRecord[],
  scope: WaiverScope,
): PolicyVerdict {
  const marked: PolicyVerdict = isWaivable(verdict) ? verdict : { ...verdict, waivable: false };
  if (verdict.passed) return marked;
  const own = waivers
    .filter(({ policy }) => policy === verdict.policy)
    .map((waiver) => ({ waiver, problem: waiverProblem(waiver, verdict, scope) }));
  const counting = own.find(({ problem }) => problem === undefined)?.waiver;
  if (counting) {
    const { number, reason, expires } = counting;
    const [requestedBy, grantedBy] = [named(counting.requestedBy), named(counting.decided?.by)];
    const told = `Waived until ${expires} by ${grantedBy}, as ${requestedBy} asked: ${reason}`;
    const waived = { number, requestedBy, grantedBy, reason, expires };
    return { ...marked, waived, sentence: `${verdict.sentence} ${told}` };
  }
  const [latest] = own;
  if (!latest) return marked;
  const told = `Waiver ${latest.waiver.number} does not count: ${latest.problem}.`;
  return { ...marked, sentence: `${verdict.sentence} ${told}` };
}

/** Why what was waived when a version was let through is waived no longer, a sentence a policy; a later waiver counts too. */
export function lapsedWaivers(
  verdicts: readonly PolicyVerdict[],
  waivers: readonly WaiverRecord[],
  scope: WaiverScope,
): string[] {
  return verdicts.flatMap((verdict) => {
    if (!verdict.waived) return [];
    const problems = waivers
      .filter(({ policy }) => policy === verdict.policy)
      .map((waiver) => ({ number: waiver.number, problem: waiverProblem(waiver, verdict, scope) }));
    if (problems.some(({ problem }) => problem === undefined)) return [];
    const { number } = verdict.waived;
    const problem = problems.find((each) => each.number === number)?.problem ?? 'it is not on record';
    return [`Waiver ${number} of ${verdict.policy} counts no longer: ${problem}.`];
  });
}

const named = (actor: Actor | undefined): string => actor?.onBehalfOf ?? actor?.id ?? 'nobody on record';

const because = (comment: string | undefined): string => (comment ? `: ${comment.trim().replace(/\.$/, '')}` : '');

function isSecondPerson(first: Actor, second: Actor | undefined): boolean {
  const person = second && answerableFor(second);
  return person !== undefined && person !== answerableFor(first);
}
