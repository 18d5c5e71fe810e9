import { OPEN_RUN_STATUSES, type RunRecord } from '../../lib/registry/contract';
import type { Registry } from '../registry/store/types';
import { Conflict, NotFound } from '../shared/errors';
import { type ExecutionsClient, executionName } from './executions';
import { actorOf } from './run-actor';

export interface StartRunDependencies {
  readonly registry: Pick<Registry, 'getRun' | 'startRun' | 'closeRun'>;
  readonly executions: ExecutionsClient;
  /** Name of the function. */
  readonly actorId: string;
}

/** What became of the event: `ignored` where the registry says that there is nothing to do any more. */
export type StartOutcome = 'started' | 'stopped' | 'ignored';

const requireRun = async ({ registry }: StartRunDependencies, runId: string): Promise<RunRecord> => {
  const run = await registry.getRun(runId);
  if (run) return run;
  throw new NotFound(`The registry has no run '${runId}'.`);
};

/** Starts the execution of a requested run; the event only says which one. */
export const startRun = async (runId: string, dependencies: StartRunDependencies): Promise<StartOutcome> => {
  const run = await requireRun(dependencies, runId);
  if (run.status !== 'REQUESTED') return 'ignored';
  if (run.stopRequestedBy) return stopRun(runId, dependencies);
  const { registry, executions, actorId } = dependencies;
  const executionArn = await executions.start(executionName(run), { runId, attempt: run.attempt });
  try {
    await registry.startRun(runId, run.attempt, executionArn, actorOf(run, actorId));
  } catch (error) {
    // The execution was quicker and has ended the run, or began its next attempt.
    if (!(error instanceof Conflict)) throw error;
    return 'ignored';
  }
  return 'started';
};

/** Stops the execution of a run; one that was never executed ends here. */
export const stopRun = async (runId: string, dependencies: StartRunDependencies): Promise<StartOutcome> => {
  const run = await requireRun(dependencies, runId);
  if (!OPEN_RUN_STATUSES.includes(run.status) || !run.stopRequestedBy) return 'ignored';
  const { registry, executions, actorId } = dependencies;
  const reason = `Stopped by ${run.stopRequestedBy.id}.`;
  if (run.executionArn) await executions.stop(run.executionArn, reason);
  else await registry.closeRun(runId, run.attempt, { status: 'STOPPED', reason }, actorOf(run, actorId));
  return 'stopped';
};
