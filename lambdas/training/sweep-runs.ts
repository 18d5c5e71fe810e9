import type { Registry } from '../registry/store/types';
import { messageOf } from '../shared/errors';
import { isOverdue } from '../shared/overdue';
import { allItems } from '../shared/pages';
import { type CloseRunDependencies, closeRun } from './close-run';
import { endOf } from './executions';
import { type StartRunDependencies, startRun, stopRun } from './start-run';

export interface SweepDependencies extends StartRunDependencies, CloseRunDependencies {
  readonly registry: StartRunDependencies['registry'] &
    CloseRunDependencies['registry'] &
    Pick<Registry, 'listOpenRuns'>;
  readonly model: string;
  readonly now: () => Date;
}

/** A request that nothing acted on for so long has lost its event. */
const LOST_AFTER_MS = 10 * 60 * 1000;

export interface Swept {
  readonly started: string[];
  readonly stopped: string[];
  readonly closed: string[];
  /** Runs that could not be handled, with the reason; the next sweep tries again. */
  readonly failed: { readonly runId: string; readonly reason: string }[];
}

/** Begins and ends the runs of a model whose event was lost, or whose execution ended without anybody noticing. */
export const sweepRuns = async (dependencies: SweepDependencies): Promise<Swept> => {
  const swept: Swept = { started: [], stopped: [], closed: [], failed: [] };
  for await (const { runId, model } of allItems((page) => dependencies.registry.listOpenRuns(page))) {
    if (model !== dependencies.model) continue;
    try {
      const became = await sweep(runId, dependencies);
      if (became) swept[became].push(runId);
    } catch (error) {
      swept.failed.push({ runId, reason: messageOf(error) });
    }
  }
  return swept;
};

/** The list may lag behind: what counts is the run itself. */
const sweep = async (
  runId: string,
  dependencies: SweepDependencies,
): Promise<'started' | 'stopped' | 'closed' | undefined> => {
  const run = await dependencies.registry.getRun(runId);
  if (!run) return undefined;
  if (run.status === 'REQUESTED') {
    if (!isOverdue(run.requestedAt, dependencies.now(), LOST_AFTER_MS)) return undefined;
    const outcome = await startRun(runId, dependencies);
    return outcome === 'ignored' ? undefined : outcome;
  }
  if (run.status !== 'RUNNING' || !run.executionArn) return undefined;
  const end = endOf(run, await dependencies.executions.describe(run.executionArn));
  if (end) {
    await closeRun({ ...end, runId, attempt: run.attempt }, dependencies);
    return 'closed';
  }
  if (!run.stopRequestedBy) return undefined;
  await stopRun(runId, dependencies);
  return 'stopped';
};
