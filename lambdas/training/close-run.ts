import type { RunRecord } from '../../lib/registry/contract';
import type { CloseRunInput, CloseRunOutput, RunPlan } from '../../lib/training/contract';
import type { Registry } from '../registry/store/types';
import { causeText } from '../shared/cause-text';
import type { JobsClient, StoppableKind } from './jobs';
import { actorOf } from './run-actor';

export interface CloseRunDependencies {
  readonly registry: Pick<Registry, 'getRun' | 'closeRun'>;
  readonly jobs: JobsClient;
  /** Ends the run in MLflow, where its script logged there. */
  readonly endTracked: (run: RunRecord) => Promise<void>;
  /** Name of the function. */
  readonly actorId: string;
}

/**
 * Ends a run in the registry, with its reason; the first close wins. A run that did not succeed leaves no job running.
 * @returns undefined where the registry knows no such run: somebody started the execution by hand.
 */
export const closeRun = async (
  input: CloseRunInput,
  { registry, jobs, endTracked, actorId }: CloseRunDependencies,
): Promise<CloseRunOutput | undefined> => {
  const { runId, attempt, metrics, version } = input;
  const run = await registry.getRun(runId);
  if (!run) return undefined;
  const { status, reason } = outcomeOf(input, run);
  if (status !== 'SUCCEEDED') await stopJobs(run, attempt, jobs);
  const costUsd = run.steps.reduce((sum, step) => sum + (step.costUsd ?? 0), 0);
  const { record } = await registry.closeRun(
    runId,
    attempt,
    {
      status,
      costUsd,
      ...(reason ? { reason } : {}),
      ...(metrics ? { metrics } : {}),
      ...(version ? { version } : {}),
    },
    actorOf(run, actorId),
  );
  if ((run.plan as RunPlan | undefined)?.context.mlflow) await endTracked(record);
  return { status: record.status as CloseRunOutput['status'], reason: record.reason ?? '' };
};

/** Whoever asked for a run to stop, stopped it, whatever broke on the way. */
const outcomeOf = (
  { status, error, cause }: CloseRunInput,
  { stopRequestedBy }: RunRecord,
): Pick<CloseRunOutput, 'status' | 'reason'> => {
  if (status === 'SUCCEEDED') return { status, reason: '' };
  if (stopRequestedBy && status !== 'REJECTED')
    return { status: 'STOPPED', reason: `Stopped by ${stopRequestedBy.id}.` };
  return { status, reason: causeText(error, cause) ?? `The run ended as ${status}, and nothing says why.` };
};

/** Jobs outlive an execution that was aborted between their start and Step Functions' notice of it. */
const stopJobs = async (run: RunRecord, attempt: number, jobs: JobsClient): Promise<void> => {
  const context = (run.plan as RunPlan | undefined)?.context;
  if (!context || context.attempt !== attempt) return;
  const { names } = context;
  const started: [StoppableKind, string][] = [
    ['processing', names.preprocess],
    ['training', names.train],
    ['transform', names.transform],
    ['transform', names.championTransform],
  ];
  for (const [kind, name] of started) {
    const job = await jobs.describe(kind, name);
    if (job?.status === 'InProgress') await jobs.stop(kind, name);
  }
};
