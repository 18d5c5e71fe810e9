import type { ReleaseRecord } from '../../lib/registry/contract';
import type { Registry } from '../registry/store/types';
import { actingFor } from '../shared/actor';
import { messageOf } from '../shared/errors';
import { type ExecutionFacts, endOfExecution } from '../shared/executions';
import { isOverdue } from '../shared/overdue';
import { allItems } from '../shared/pages';
import { isOpen } from './release';

/** Functions to which the sweeper hands what it finds, as the lost event would have. */
export type Helper = 'start' | 'sendApproval' | 'settle';

export interface SweepTools {
  readonly store: Pick<Registry, 'getRelease' | 'listOpenReleases' | 'escalateApproval'>;
  readonly model: string;
  /** After how long others are told that nobody has decided; never when absent. */
  readonly escalateAfterMinutes?: number;
  /** Name of the function. */
  readonly actorId: string;
  readonly describe: (executionArn: string) => Promise<ExecutionFacts | undefined>;
  readonly hand: (to: Helper, release: ReleaseRecord) => Promise<void>;
  readonly now: () => Date;
}

/** A request that nothing acted on for so long has lost its event. */
const LOST_AFTER_MS = 10 * 60_000;

export interface Swept {
  readonly handed: { readonly releaseId: string; readonly to: Helper }[];
  /** Releases of which others were told that nobody has decided. */
  readonly escalated: string[];
  /** Releases that could not be looked at; the next sweep tries again. */
  readonly failed: { readonly releaseId: string; readonly reason: string }[];
}

/** Finds open releases of a model that nobody works on, and hands them to the function whose event was lost. */
export async function sweepReleases(tools: SweepTools): Promise<Swept> {
  const swept: Swept = { handed: [], escalated: [], failed: [] };
  for await (const { releaseId, model } of allItems((page) => tools.store.listOpenReleases(page))) {
    if (model !== tools.model) continue;
    try {
      // The list may lag behind: what counts is the release itself.
      const release = await tools.store.getRelease(releaseId);
      if (release && (await escalate(release, tools))) swept.escalated.push(releaseId);
      const to = release && isOpen(release) ? await helperFor(release, tools) : undefined;
      if (!release || !to) continue;
      await tools.hand(to, release);
      swept.handed.push({ releaseId, to });
    } catch (error) {
      swept.failed.push({ releaseId, reason: messageOf(error) });
    }
  }
  return swept;
}

async function helperFor(release: ReleaseRecord, { describe, now }: SweepTools): Promise<Helper | undefined> {
  const { status, requestedAt, executionArn, approval, steps } = release;
  if (status === 'REQUESTED') {
    return isOverdue(requestedAt, now(), LOST_AFTER_MS) ? 'start' : undefined;
  }
  if (!executionArn) return undefined;
  if (endOfExecution('release', await describe(executionArn))) return 'settle';
  const approve = steps.find(({ step }) => step === 'Approve');
  const isWaiting = approval?.by.kind === 'person' && approve?.status === 'RUNNING';
  return isWaiting ? 'sendApproval' : undefined;
}

/** Once for each release that has waited for its decision too long. */
async function escalate(release: ReleaseRecord, tools: SweepTools): Promise<boolean> {
  const { escalateAfterMinutes, store, actorId, now } = tools;
  const { releaseId, status, waitingSince, escalatedAt } = release;
  if (escalateAfterMinutes === undefined || status !== 'WAITING_FOR_APPROVAL' || !waitingSince || escalatedAt)
    return false;
  if (!isOverdue(waitingSince, now(), escalateAfterMinutes * 60_000)) return false;
  return store.escalateApproval(releaseId, actingFor(release.requestedBy, actorId, 'service'));
}
