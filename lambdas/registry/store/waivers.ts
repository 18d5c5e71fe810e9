import { isWaivable, MOST_WAIVED_DAYS } from '../../../core/governance/waivers';
import { answerableFor } from '../../../core/identity';
import { deedsBehind, peopleBehind } from '../../../core/involvement';
import {
  type Actor,
  CHANGE,
  type Involvement,
  type ModelVersionRecord,
  OPEN_RELEASE_STATUSES,
  type PolicyVerdict,
  type ReleaseRecord,
  type WaiverDecision,
  type WaiverRecord,
} from '../../../lib/registry/contract';
import { Conflict, Forbidden, InvalidInput, NotFound } from '../../shared/errors';
import { same } from './base';
import { both, type Condition, check, put, statusIn, update, type Write } from './items';
import { modelPk, versionKey, waiverKey } from './keys';
import { PolicyStore } from './policies';
import { refusalOf } from './refusal';
import type { Page, PageRequest } from './types';
import { stillIs } from './versions';

export interface WaiverInput {
  readonly model: string;
  readonly version: number;
  readonly policy: string;
  readonly reason: string;
  /** The last day on which it counts, `2027-01-31`, in UTC. */
  readonly expires: string;
}

export interface WaiverDecisionInput extends Pick<WaiverInput, 'model' | 'version' | 'policy'> {
  /** The waiver that was shown to who decides. */
  readonly number: number;
  readonly decision: 'GRANTED' | 'REJECTED' | 'REVOKED';
  readonly comment?: string;
}

const DAY_MS = 86_400_000;

/** Waivers: one policy set aside for one version, for a time, by two people. */
export abstract class WaiverStore extends PolicyStore {
  /**
   * Asks that a policy be waived which has refused the version's last release. The same request while it waits, or is
   * granted, is that request. Conflict where the policy passed, may not be waived or has changed since.
   */
  async requestWaiver(input: WaiverInput, actor: Actor): Promise<WaiverRecord> {
    const { model, version, policy, reason, expires } = input;
    if (answerableFor(actor) === undefined)
      throw new Forbidden(`${actor.id} is no person, and people ask for waivers.`);
    requireTerm(expires, this.today());
    return this.attempt(['waiver'], async () => {
      await this.requireVersion(model, version);
      const release = await this.lastJudged(model, version);
      const { policyDigest, sentence } = refusedBy(release, policy);
      await this.requireInForce(model, policy, policyDigest);
      const [last] = (await this.listWaivers(model, version)).filter((each) => each.policy === policy);
      if (last?.policyDigest === policyDigest && isSameRequest(last, input, actor)) return last;
      if (last?.status === 'REQUESTED') {
        throw new Conflict(
          `${named(last)} waits for a decision since ${last.requestedAt.slice(0, 10)} (${last.requestedBy.id}: ${last.reason}).`,
        );
      }
      const record: WaiverRecord = {
        ...{ model, version, policy, number: (last?.number ?? 0) + 1, status: 'REQUESTED' },
        ...{ policyDigest, releaseId: release.releaseId, sentence, reason, expires },
        requestedBy: actor,
        requestedAt: this.table.time(),
      };
      await this.table.write([
        put('waiver', waiverKey(model, version, policy, record.number), record),
        check('version', versionKey(model, version)),
        this.change(CHANGE.waiverRequested, actor, subjectOf(record, reason), { after: record }),
      ]);
      return record;
    });
  }

  /**
   * Grants, rejects or revokes. Forbidden where somebody grants what they asked for or had a hand in. A version that was
   * rejected for that policy may be released again once it is granted.
   */
  async decideWaiver(input: WaiverDecisionInput, actor: Actor): Promise<WaiverRecord> {
    const { model, version, policy, number, decision, comment } = input;
    return this.attempt(['waiver', 'version'], async () => {
      const [last] = (await this.listWaivers(model, version)).filter((each) => each.policy === policy);
      if (!last) throw new NotFound(`Nobody asked that ${policy} be waived for version ${version} of '${model}'.`);
      if (last.number !== number) {
        throw new Conflict(`The last is ${named(last)}: look at it, and decide on that one.`);
      }
      if (isSameDecision(last, decision, actor)) return last;
      requireDecidable(last, decision, this.today());
      const granted = decision === 'GRANTED';
      const mayNotGrant = granted ? await this.requireSecondPerson(last, actor) : undefined;
      const note: WaiverDecision = { by: actor, at: this.table.time(), ...(comment === undefined ? {} : { comment }) };
      const set = {
        status: decision,
        ...(decision === 'REVOKED' ? { revoked: note } : { decided: note }),
        ...(mayNotGrant ? { mayNotGrant } : {}),
      };
      const reopened = granted ? await this.reopened(last) : [];
      await this.table.write([
        update('waiver', waiverKey(model, version, policy, number), { set }, statusIn([last.status])),
        ...reopened,
        this.change(CHANGE.waiverDecided, actor, subjectOf({ ...last, ...set }, comment), {
          before: { status: last.status },
          after: { policy, number, ...set, ...(reopened.length > 0 ? { versionStatus: 'CANDIDATE' } : {}) },
        }),
      ]);
      return { ...last, ...set };
    });
  }

  /** Of all versions of a model, by version, policy and number. */
  waiversOf(model: string, page?: PageRequest): Promise<Page<WaiverRecord>> {
    return this.table.pageOf<WaiverRecord>({ pk: modelPk(model), prefix: 'WAIVER#' }, page);
  }

  private today(): string {
    return this.table.time().slice(0, 10);
  }

  /** The version's last release that the gate has judged. */
  private async lastJudged(model: string, version: number): Promise<ReleaseRecord> {
    let next: string | undefined;
    do {
      const page = await this.listReleases(model, { limit: 200, ...(next ? { next } : {}) });
      const found = page.items.find((each) => each.version === version && each.verdicts);
      if (found) return requireEnded(await this.requireRelease(found.releaseId));
      next = page.next;
    } while (next !== undefined);
    throw new Conflict(`No policy has judged version ${version} of '${model}' yet: ask for its release first.`);
  }

  private async requireInForce(model: string, policy: string, policyDigest: string): Promise<void> {
    const inForce = (await this.getPolicies(model))?.policies.find((each) => each.policy === policy);
    if (!inForce || inForce.policyDigest === policyDigest) return;
    throw new Conflict(`${policy} has been changed since it judged this version: ask for a new release first.`);
  }

  private async requireSecondPerson(waiver: WaiverRecord, actor: Actor): Promise<Involvement[]> {
    const { model, version, releaseId, requestedBy } = waiver;
    const record = await this.requireVersion(model, version);
    const run = record.runId === undefined ? undefined : await this.getRun(record.runId);
    const release = await this.requireRelease(releaseId);
    const deeds = [[requestedBy, 'asked for the waiver'] as const, ...deedsBehind(record, run, release)];
    const involved = peopleBehind(deeds);
    const person = answerableFor(actor);
    if (person === undefined) throw new Forbidden(`${actor.id} is no person, and a second person grants waivers.`);
    const own = involved.find((each) => each.person === person);
    if (!own) return involved;
    throw new Forbidden(
      `${own.person} ${own.did}, so somebody else has to grant ${named(waiver)} (four eyes). ` +
        'Ask a colleague with another identity; all who use one role count as one person.',
    );
  }

  /** What brings a version back that was rejected for what the policies said of this very release, and for nothing else. */
  private async reopened({ model, version, releaseId }: WaiverRecord): Promise<Write[]> {
    const [record, release] = await Promise.all([this.requireVersion(model, version), this.requireRelease(releaseId)]);
    if (!wasRejectedFor(record, release)) return [];
    const because: Condition = { text: '#reason = :refusal', values: { ':refusal': record.reason } };
    const parts = { set: { status: 'CANDIDATE' }, remove: ['reason'] };
    return [update('version', versionKey(model, version), parts, both(stillIs('REJECTED'), because))];
  }
}

const named = ({ number, policy, model, version }: WaiverRecord): string =>
  `waiver ${number} of ${policy} for version ${version} of '${model}'`;

const subjectOf = (waiver: WaiverRecord, text: string | undefined) => {
  const { model, version, releaseId, status, policy, number, expires } = waiver;
  const told = `waiver ${number} of ${policy}, until ${expires}${text ? `: ${text}` : ''}`;
  return { model, version, releaseId, status, reason: told };
};

function requireTerm(expires: string, today: string): void {
  const latest = new Date(Date.parse(today) + MOST_WAIVED_DAYS * DAY_MS).toISOString().slice(0, 10);
  if (expires >= today && expires <= latest) return;
  throw new InvalidInput(
    `A waiver ends between today and ${latest} (${MOST_WAIVED_DAYS} days at the most); received ${expires}.`,
  );
}

/** What the policy said, where it refused the release and may be waived. */
function refusedBy({ releaseId, verdicts = [] }: ReleaseRecord, policy: string): PolicyVerdict {
  const verdict = verdicts.find((each) => each.policy === policy);
  if (!verdict) {
    const there = verdicts.map((each) => each.policy).join(', ') || 'none';
    throw new InvalidInput(`No policy '${policy}' judged the release ${releaseId}; there were: ${there}.`);
  }
  if (verdict.passed) throw new Conflict(`${policy} passed in the release ${releaseId}: there is nothing to waive.`);
  if (!isWaivable(verdict)) throw new Conflict(`${policy} may not be waived. Mend what it says: ${verdict.sentence}`);
  return verdict;
}

function requireEnded(release: ReleaseRecord): ReleaseRecord {
  if (!OPEN_RELEASE_STATUSES.includes(release.status)) return release;
  throw new Conflict(`The release ${release.releaseId} of this version is still open: wait for its end.`);
}

const isSameRequest = (last: WaiverRecord, { reason, expires }: WaiverInput, actor: Actor): boolean =>
  ['REQUESTED', 'GRANTED'].includes(last.status) &&
  last.reason === reason &&
  last.expires === expires &&
  same(last.requestedBy, actor);

const isSameDecision = (last: WaiverRecord, decision: WaiverDecisionInput['decision'], actor: Actor): boolean =>
  last.status === decision && same((decision === 'REVOKED' ? last.revoked : last.decided)?.by, actor);

function requireDecidable(waiver: WaiverRecord, decision: WaiverDecisionInput['decision'], today: string): void {
  const { status, expires } = waiver;
  if (status !== (decision === 'REVOKED' ? 'GRANTED' : 'REQUESTED')) {
    throw new Conflict(`The ${named(waiver)} is ${status}, and can't be ${decision} any more.`);
  }
  if (decision === 'GRANTED' && expires < today) {
    throw new Conflict(`The ${named(waiver)} was to end on ${expires}: ask for another one.`);
  }
}

const wasRejectedFor = ({ status, reason }: ModelVersionRecord, release: ReleaseRecord): boolean =>
  status === 'REJECTED' && !release.approval && reason === refusalOf(release);
