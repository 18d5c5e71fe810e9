import { holdsBack } from '../../core/governance/waivers';
import type { Actor, ReleaseRecord, StepRecord } from '../../lib/registry/contract';
import type { CloseReleaseInput, CloseReleaseOutput, ReleaseStep } from '../../lib/release/contract';
import { refusalOf } from '../registry/store/refusal';
import type { Registry } from '../registry/store/types';
import { causeText } from '../shared/cause-text';
import { Conflict } from '../shared/errors';
import { log } from '../shared/log';
import { executionActor, isOpen, noteStep, now, ownRelease } from './release';
import { isPromoted } from './roll-back';

export interface CloseReleaseTools {
  readonly store: Pick<
    Registry,
    'getRelease' | 'closeRelease' | 'recordReleaseStep' | 'listDeployments' | 'getVersion' | 'setVersionStatus'
  >;
  readonly model: string;
}

/**
 * Ends a release in the registry, with its reason, and lets go of the lock of deployments. The first close wins. What
 * policies or a person refused makes the version REJECTED too; a failure or a decision that never came does not.
 */
export async function closeRelease(input: CloseReleaseInput, tools: CloseReleaseTools): Promise<CloseReleaseOutput> {
  const { store, model } = tools;
  const release = await ownRelease(store, model, input.releaseId);
  const actor = executionActor(release, input.executionArn ?? release.executionArn ?? release.releaseId);
  if (isOpen(release)) {
    const outcome = await outcomeOf(input, release, tools);
    await endSteps(release, outcome, tools);
    await store.closeRelease(input.releaseId, outcome, actor);
  }
  const closed = await ownRelease(store, model, input.releaseId);
  if (closed.status === 'REJECTED' && wasRefused(closed)) await rejectVersion(closed, actor, tools);
  return { status: closed.status as CloseReleaseOutput['status'], reason: closed.reason ?? '' };
}

interface Outcome {
  readonly status: CloseReleaseInput['status'];
  readonly reason?: string;
}

/** A version that was promoted serves, whatever happened to the execution after that. */
async function outcomeOf(
  { status, error, cause }: CloseReleaseInput,
  release: ReleaseRecord,
  { store }: CloseReleaseTools,
): Promise<Outcome> {
  if (status === 'SUCCEEDED') return { status };
  const reason = causeText(error, cause) ?? 'The execution gives no reason.';
  if (!(await isPromoted(store, release))) return { status, reason };
  return { status: 'SUCCEEDED', reason: `The version serves. After it was promoted: ${reason}` };
}

/** Steps that began and never told how they ended. */
async function endSteps(
  release: ReleaseRecord,
  { status, reason }: Outcome,
  { store }: CloseReleaseTools,
): Promise<void> {
  const running = release.steps.filter((step): step is StepRecord & { step: ReleaseStep } => step.status === 'RUNNING');
  for (const { step, startedAt, output } of running) {
    await noteStep(store, release.releaseId, step, { status, startedAt, endedAt: now(), reason, output });
  }
}

const wasRefused = ({ verdicts = [], approval }: ReleaseRecord): boolean =>
  approval?.decision === 'REJECTED' || verdicts.some(holdsBack);

async function rejectVersion(release: ReleaseRecord, actor: Actor, { store }: CloseReleaseTools): Promise<void> {
  const { model, version } = release;
  const record = await store.getVersion(model, version);
  if (record?.status !== 'CANDIDATE') return;
  try {
    await store.setVersionStatus(model, version, 'REJECTED', refusalOf(release), actor, { ifNoOpenRelease: true });
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
    log.warn('the version was not rejected, it has moved on', { model, version, reason: error.message });
  }
}
