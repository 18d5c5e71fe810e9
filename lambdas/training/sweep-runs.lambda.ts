import * as z from 'zod/mini';
import type { RunRecord } from '../../lib/registry/contract';
import { RUNS_STUCK_METRIC, TRAINING_ENV, TRAINING_METRICS } from '../../lib/training/contract';
import { RegistryStore } from '../registry/store';
import { TrackingStore } from '../registry/store/tracking';
import { countMetric } from '../shared/count-metric';
import { requireEnv } from '../shared/environment';
import { messageOf } from '../shared/errors';
import { defineHandler } from '../shared/handler';
import { log } from '../shared/log';
import { executionsOf } from './executions.client';
import { jobs } from './sagemaker.client';
import { type Swept, sweepRuns } from './sweep-runs';

/**
 * The number of runs on which nothing worked. Nothing where there is none: a custom metric costs $0.30 in each month in
 * which it is sent, and the alarm takes missing data for zero.
 */
const stuckRuns = ({ started, stopped, closed, failed }: Swept) => {
  const count = started.length + stopped.length + closed.length + failed.length;
  if (count === 0) return {};
  return countMetric(TRAINING_METRICS, RUNS_STUCK_METRIC, count, { Model: requireEnv(TRAINING_ENV.model) });
};

/** The sweeper reads no records that lie in S3: such a run of MLflow's stays as its script left it. */
const endTracked = async (run: RunRecord): Promise<void> => {
  try {
    await TrackingStore.fromEnvironment().endTrackedRun(run);
  } catch (error) {
    log.warn('a run was not ended in MLflow', { runId: run.runId, reason: messageOf(error) });
  }
};

/** Begins and ends the runs that events have left behind. */
export const handler = defineHandler('training-sweep-runs', z.unknown(), async () => {
  const swept = await sweepRuns({
    registry: RegistryStore.fromEnvironment(),
    executions: executionsOf(requireEnv(TRAINING_ENV.stateMachineArn)),
    jobs,
    endTracked,
    model: requireEnv(TRAINING_ENV.model),
    actorId: requireEnv('AWS_LAMBDA_FUNCTION_NAME'),
    now: () => new Date(),
  });
  log.info('runs swept', { ...swept, ...stuckRuns(swept) });
  return swept;
});
