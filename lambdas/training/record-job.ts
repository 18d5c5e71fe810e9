import type { StepRecord } from '../../lib/registry/contract';
import type { RecordJobInput, RecordJobOutput, RunPlan, StepOutput } from '../../lib/training/contract';
import type { Registry } from '../registry/store/types';
import { causeText } from '../shared/cause-text';
import { JobFailed, JobStopped, RunFailed } from './errors';
import { costOf, type JobFacts, type JobsClient, secondsOf } from './jobs';

export interface RecordJobDependencies {
  readonly registry: Pick<Registry, 'getRun' | 'recordStep'>;
  readonly jobs: Pick<JobsClient, 'describe'>;
}

/**
 * Reads a job back, and says how the run goes on: on when it is Completed, round a wait while it is in progress, and not
 * at all when it failed, was stopped, or never began. What it records is the same however often it is asked.
 */
export const recordJob = async (
  input: RecordJobInput,
  { registry, jobs }: RecordJobDependencies,
): Promise<RecordJobOutput> => {
  const { runId, attempt, step, kind, jobName } = input;
  const job = await jobs.describe(kind, jobName);
  const reason = reasonOf(input, job);
  if (kind === 'model' && job) return { status: 'Completed' };
  const run = await registry.getRun(runId);
  const prices = (run?.plan as RunPlan | undefined)?.prices;
  const record = (status: StepRecord['status'], output?: StepOutput): Promise<void> =>
    registry.recordStep(runId, {
      step,
      status,
      attempt,
      ...(job ? timesOf(job) : {}),
      ...(job?.arn ? { jobArn: job.arn } : {}),
      ...(job && status !== 'RUNNING' ? { costUsd: costOf(job, prices) } : {}),
      ...(reason ? { reason } : {}),
      ...(output ? { output } : {}),
    });
  if (!job || job.status === 'Failed') {
    await record('FAILED');
    throw job ? new JobFailed(reason!) : new RunFailed(reason!);
  }
  if (job.status === 'Stopped') {
    await record('STOPPED');
    throw new JobStopped(reason!);
  }
  if (job.status !== 'Completed') {
    await record('RUNNING');
    return { status: 'InProgress' };
  }
  const { archiveUri } = job;
  await record('SUCCEEDED', { ...input.handsOn, ...(archiveUri ? { trained: { archiveUri } } : {}) });
  return { status: 'Completed', ...(archiveUri ? { archiveUri } : {}) };
};

const timesOf = ({ startedAt, endedAt }: JobFacts) => ({
  ...(startedAt ? { startedAt: startedAt.toISOString() } : {}),
  ...(endedAt ? { endedAt: endedAt.toISOString() } : {}),
});

const reasonOf = ({ step, kind, jobName, failure }: RecordJobInput, job: JobFacts | undefined): string | undefined => {
  const what = kind === 'model' ? `the model ${jobName}` : `the ${kind} job ${jobName}`;
  if (!job) {
    const why = causeText(failure?.Error, failure?.Cause) ?? 'SageMaker knows no job of this name';
    return `${step}: ${what} was not created: ${why}`;
  }
  if (job.status === 'Failed') return `${step}: ${what} failed: ${job.failureReason ?? 'SageMaker gives no reason'}`;
  if (job.status !== 'Stopped') return undefined;
  const limit = job.maxRuntimeSeconds;
  if (job.pastMaximum || (limit !== undefined && (secondsOf(job) ?? 0) >= limit)) {
    return `${step}: ${what} was stopped because it ran past its maximum of ${limit} s. Give it a longer maxRuntime, or less to do.`;
  }
  return `${step}: ${what} was stopped before it ended.`;
};
