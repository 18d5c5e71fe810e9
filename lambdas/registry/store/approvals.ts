import { answerableFor } from '../../../core/identity';
import {
  type Actor,
  type ApprovalRecord,
  CHANGE,
  type ReleaseRecord,
  type WaiverRecord,
} from '../../../lib/registry/contract';
import { Conflict, Forbidden } from '../../shared/errors';
import { same } from './base';
import { verdictsOf } from './facts';
import { ANY, both, type Condition, put, statusIn, update, type Write } from './items';
import { modelPk, releaseKey, tokenKey, waiverPrefix } from './keys';
import { executionOf, judged, ReleaseStore, requireOpen, UNCLOSED } from './releases';
import type { ApprovalRequest } from './types';

/** What people decide about a release. The task token that waits for it never leaves in a record. */
export abstract class ApprovalStore extends ReleaseStore {
  async requestApproval(releaseId: string, request: ApprovalRequest, actor?: Actor): Promise<ReleaseRecord> {
    const { taskToken, manifestDigest } = request;
    return this.attempt(['release'], async () => {
      const release = await this.requireOpenRelease(releaseId);
      const { model, version, approval } = release;
      const token = put('token', tokenKey(releaseId), { taskToken, manifestDigest }, ANY);
      if (approval) return this.repeatDecision(release, token, manifestDigest);
      const set = {
        status: 'WAITING_FOR_APPROVAL' as const,
        manifestDigest,
        waitingSince: release.waitingSince ?? this.table.time(),
        ...(request.mayNotApprove ? { mayNotApprove: [...request.mayNotApprove] } : {}),
      };
      await this.table.write([
        update('release', releaseKey(releaseId), { set }, both(UNCLOSED, UNDECIDED)),
        token,
        this.change(
          CHANGE.approvalRequested,
          actor ?? executionOf(release),
          { model, version, releaseId, reason: waivedIn(release) },
          { before: { status: release.status }, after: { ...judged(release), ...set }, ...verdictsOf(release) },
        ),
      ]);
      return { ...release, ...set };
    });
  }

  async taskTokenOf(releaseId: string): Promise<string | undefined> {
    return (await this.table.get(tokenKey(releaseId)))?.taskToken as string | undefined;
  }

  async recordApproval(releaseId: string, approval: ApprovalRecord, actor: Actor): Promise<ReleaseRecord> {
    return this.attempt(['release'], async () => {
      const release = await this.requireRelease(releaseId);
      if (isSameDecision(release.approval, approval, actor)) return release;
      requireDecidable(requireOpen(release), approval);
      if (approval.decision === 'APPROVED') requireOtherEyes(release, actor);
      const { model, version } = release;
      const set = { status: 'RUNNING' as const, approval: { ...approval, by: actor } };
      await this.table.write([
        update('release', releaseKey(releaseId), { set }, decidable(approval.manifestDigest)),
        this.change(
          CHANGE.approvalRecorded,
          actor,
          { model, version, releaseId, status: approval.decision, reason: approval.comment },
          { before: { status: release.status }, after: { ...judged(release), ...set }, ...verdictsOf(release) },
        ),
      ]);
      return { ...release, ...set };
    });
  }

  async escalateApproval(releaseId: string, actor: Actor): Promise<boolean> {
    return this.attempt(['release'], async () => {
      const { model, version, status, escalatedAt } = await this.requireRelease(releaseId);
      if (status !== 'WAITING_FOR_APPROVAL' || escalatedAt) return false;
      const set = { escalatedAt: this.table.time() };
      await this.table.write([
        update(
          'release',
          releaseKey(releaseId),
          { set },
          both(statusIn(['WAITING_FOR_APPROVAL']), { text: 'attribute_not_exists(#escalatedAt)' }),
        ),
        this.change(CHANGE.approvalEscalated, actor, { model, version, releaseId }, { after: set }),
      ]);
      return true;
    });
  }

  async listWaivers(model: string, version: number): Promise<WaiverRecord[]> {
    const waivers = { pk: modelPk(model), prefix: waiverPrefix(version), backwards: true };
    return (await this.table.pageOf<WaiverRecord>(waivers, { limit: 200 })).items;
  }

  /** A state that was tried again waits with a new token: the decision goes out again, and answers it. */
  private async repeatDecision(release: ReleaseRecord, token: Write, manifestDigest: string): Promise<ReleaseRecord> {
    const { model, version, releaseId, approval } = release;
    if (approval!.manifestDigest !== manifestDigest) {
      throw new Conflict(`Release ${releaseId} was decided for another manifest; request a new release.`);
    }
    const { decision: status, by } = approval!;
    const again = 'The decision was handed over again to a state that was tried again.';
    await this.table.write([
      token,
      this.change(CHANGE.approvalRecorded, by, { model, version, releaseId, status }, { after: { again } }),
    ]);
    return release;
  }
}

/** What an approver has to know first: which policies did not pass, and until when they are waived. */
function waivedIn({ verdicts = [] }: ReleaseRecord): string | undefined {
  const told = verdicts.flatMap(({ policy, waived }) => (waived ? `${policy} until ${waived.expires}` : []));
  return told.length > 0 ? `Waived: ${told.join(', ')}` : undefined;
}

const UNDECIDED: Condition = { text: 'attribute_not_exists(#approval)' };

const decidable = (digest: string): Condition =>
  both(both(statusIn(['WAITING_FOR_APPROVAL']), UNDECIDED), {
    text: '#manifestDigest = :digest',
    values: { ':digest': digest },
  });

const isSameDecision = (before: ApprovalRecord | undefined, now: ApprovalRecord, actor: Actor): boolean =>
  before !== undefined &&
  before.decision === now.decision &&
  before.manifestDigest === now.manifestDigest &&
  same(before.by, actor);

const requireDecidable = ({ releaseId, status, approval, manifestDigest }: ReleaseRecord, now: ApprovalRecord) => {
  if (approval) throw new Conflict(`Release ${releaseId} was decided: ${approval.decision} by ${approval.by.id}.`);
  if (status !== 'WAITING_FOR_APPROVAL') {
    throw new Conflict(`Release ${releaseId} is ${status} and does not wait for an approval.`);
  }
  if (manifestDigest !== now.manifestDigest) {
    throw new Conflict(
      `The approval is for the manifest ${now.manifestDigest}, but release ${releaseId} has ${manifestDigest}. ` +
        'Look at the release again and decide what is there now.',
    );
  }
};

/** Four eyes: who had a hand in it may reject, but not approve. */
const requireOtherEyes = ({ releaseId, mayNotApprove = [] }: ReleaseRecord, actor: Actor): void => {
  const person = answerableFor(actor);
  if (mayNotApprove.length > 0 && person === undefined) {
    throw new Forbidden(`Release ${releaseId} needs the approval of a person, and ${actor.id} is none.`);
  }
  const own = mayNotApprove.find((involved) => involved.person === person);
  if (!own) return;
  throw new Forbidden(
    `${own.person} ${own.did}, so somebody else has to approve release ${releaseId} (four eyes). ` +
      'Ask a colleague with another identity; all who use one role count as one person.',
  );
};
