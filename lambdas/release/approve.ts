import { holdsBack, lapsedWaivers } from '../../core/governance/waivers';
import { answerableFor } from '../../core/identity';
import type { ApprovalRecord, ReleaseRecord } from '../../lib/registry/contract';
import type {
  AutoApproveInput,
  CheckApprovalInput,
  CheckApprovalOutput,
  RequestApprovalInput,
} from '../../lib/release/contract';
import type { Registry } from '../registry/store/types';
import { involvedIn } from './four-eyes';
import { manifestDigestOf } from './manifest';
import { executionActor, noteStep, now, openRelease, ownRelease, ReleaseFailed } from './release';

type Store = Pick<
  Registry,
  | 'getRelease'
  | 'getVersion'
  | 'getRun'
  | 'requestApproval'
  | 'recordApproval'
  | 'listWaivers'
  | 'recordReleaseStep'
  | 'taskTokenOf'
  | 'startRelease'
>;

interface ByPerson {
  readonly store: Store;
  readonly model: string;
  /** Whether who had a hand in a release may not approve it. */
  readonly fourEyes: boolean;
}

/** Stands where a person's task token would be: nobody answers it. */
const NO_TOKEN = 'approved-automatically';

/** Keeps the task token and tells the registry that a person is to decide. */
export async function requestApproval(
  input: RequestApprovalInput,
  { store, model, fourEyes }: ByPerson,
): Promise<Record<string, never>> {
  const { releaseId, manifestDigest, taskToken } = input;
  const release = await openRelease(store, model, releaseId);
  checkDigest(release, manifestDigest);
  await noteStep(store, releaseId, 'Approve', { status: 'RUNNING', startedAt: now() });
  const mayNotApprove = fourEyes ? { mayNotApprove: await involvedIn(store, release) } : {};
  await store.requestApproval(releaseId, { taskToken, manifestDigest, ...mayNotApprove });
  return {};
}

/** Records the pipeline's own yes to what passed every policy. */
export async function autoApprove(
  input: AutoApproveInput,
  { store, model }: { readonly store: Store; readonly model: string },
): Promise<Record<string, never>> {
  const { releaseId, manifestDigest, executionArn } = input;
  const release = await openRelease(store, model, releaseId);
  checkDigest(release, manifestDigest);
  const failed = (release.verdicts ?? []).filter(holdsBack);
  if (!release.verdicts || failed.length > 0) {
    throw new ReleaseFailed(
      `The release ${releaseId} can't be approved automatically: ` +
        (release.verdicts ? `${failed.map(({ policy }) => policy).join(', ')} failed.` : 'no verdict is on record.'),
    );
  }
  if (release.approval?.manifestDigest === manifestDigest) return {};
  const by = executionActor(release, executionArn);
  const approval: ApprovalRecord = {
    decision: 'APPROVED',
    by,
    at: now(),
    comment: `Approved automatically (Approval.auto): ${passedOf(release)}.`,
    manifestDigest,
  };
  await noteStep(store, releaseId, 'Approve', { status: 'RUNNING', startedAt: approval.at });
  await store.requestApproval(releaseId, { taskToken: NO_TOKEN, manifestDigest }, by);
  await store.recordApproval(releaseId, approval, by);
  return {};
}

/** What was decided, as the registry has it: whatever came with the task token counts for nothing. */
export async function checkApproval(
  input: CheckApprovalInput,
  { store, model, fourEyes }: ByPerson,
): Promise<CheckApprovalOutput> {
  const { releaseId, manifest, manifestDigest } = input;
  const release = await openRelease(store, model, releaseId);
  checkDigest(release, manifestDigest);
  const actual = manifestDigestOf(manifest);
  if (actual !== manifestDigest) {
    throw new ReleaseFailed(
      `The manifest to be deployed has the digest ${actual}; ${manifestDigest} was to be decided.`,
    );
  }
  const { approval } = release;
  if (!approval) throw new ReleaseFailed(`The release ${releaseId} went on, but no decision on it is on record.`);
  if (approval.manifestDigest !== manifestDigest) {
    throw new ReleaseFailed(
      `${approval.by.id} decided on the manifest ${approval.manifestDigest}, the release is about ${manifestDigest}.`,
    );
  }
  const approved = approval.decision === 'APPROVED';
  if (approved && fourEyes) await requireOtherEyes(store, release, approval);
  const reason = approved
    ? await lapsedSince(store, release)
    : `${approval.by.id} rejected it${approval.comment ? `: ${approval.comment}` : ', without a comment'}`;
  const status = reason === undefined ? 'SUCCEEDED' : 'REJECTED';
  await noteStep(store, releaseId, 'Approve', { status, endedAt: approval.at, reason });
  return { approved: reason === undefined, reason };
}

/** Why waivers that counted for the gate count no longer: they were revoked or have ended while the release waited. */
async function lapsedSince(
  store: Store,
  { model, version, verdicts = [] }: ReleaseRecord,
): Promise<string | undefined> {
  if (!verdicts.some(({ waived }) => waived)) return undefined;
  const scope = { model, version, today: now().slice(0, 10) };
  const lapsed = lapsedWaivers(verdicts, await store.listWaivers(model, version), scope);
  return lapsed.length > 0 ? lapsed.join(' ') : undefined;
}

/** Sends a person's decision to the execution that waits, where there is one still. */
export async function sendApproval(
  releaseId: string,
  {
    store,
    model,
    sendTaskSuccess,
  }: {
    readonly store: Store;
    readonly model: string;
    /** False where the token is no longer valid: answered before, or the execution has ended. */
    readonly sendTaskSuccess: (taskToken: string, output: object) => Promise<boolean>;
  },
): Promise<{ readonly sent: boolean; readonly why?: string }> {
  const release = await ownRelease(store, model, releaseId);
  const { approval, manifestDigest } = release;
  if (!approval) return { sent: false, why: 'no decision is on record' };
  if (approval.manifestDigest !== manifestDigest) return { sent: false, why: 'the decision is on another manifest' };
  const token = await store.taskTokenOf(releaseId);
  if (!token || token === NO_TOKEN) return { sent: false, why: 'nobody waits for it' };
  const sent = await sendTaskSuccess(token, { releaseId });
  return sent ? { sent } : { sent, why: 'the token was answered before, or its execution has ended' };
}

/** The registry refused such a decision when it was taken; what is on record is not believed without looking again. */
async function requireOtherEyes(store: Store, release: ReleaseRecord, { by }: ApprovalRecord): Promise<void> {
  const person = answerableFor(by);
  const own = (await involvedIn(store, release)).find((involved) => involved.person === person);
  if (person !== undefined && !own) return;
  const why = own ? `${own.person} ${own.did}` : `${by.id} is no person`;
  throw new ReleaseFailed(
    `The approval on record can't count for the release ${release.releaseId}: ${why}, and another person has to approve (four eyes).`,
  );
}

function checkDigest(release: ReleaseRecord, manifestDigest: string): void {
  if (release.manifestDigest === manifestDigest) return;
  throw new ReleaseFailed(
    `The release ${release.releaseId} is about the manifest ${release.manifestDigest ?? '(none yet)'}, not ${manifestDigest}.`,
  );
}

function passedOf({ verdicts = [] }: ReleaseRecord): string {
  if (verdicts.length === 0) return 'no policy was set';
  const passed = verdicts.filter((verdict) => verdict.passed).map(({ policy }) => policy);
  const waived = verdicts.flatMap(({ policy, waived: by }) => (by ? `${policy} until ${by.expires}` : []));
  return [
    ...(passed.length > 0 ? [`passed ${passed.join(', ')}`] : []),
    ...waived.map((each) => `waived ${each}`),
  ].join('; ');
}
