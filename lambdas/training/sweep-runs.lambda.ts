import * as z from 'zod/mini';
import { RUNS_STUCK_METRIC, TRAINING_ENV, TRAINING_METRICS } from '../../lib/training/contract';
import { RegistryStore } from '../registry/store';
import { requireEnv } from '../shared/environment';
import { defineHandler } from '../shared/handler';
import { log } from '../shared/log';
import { executionsOf } from './executions.client';
import { jobs } from './sagemaker.client';
import { type Swept, sweepRuns } from './sweep-runs';

/**
 * The number of runs on which nothing worked, as CloudWatch takes a metric out of a log line (embedded metric format).
 * Nothing where there is none: a custom metric costs $0.30 in each month in which it is sent, and the alarm takes
 * missing data for zero.
 */
const stuckRuns = ({ started, stopped, closed, failed }: Swept) => {
  const count = started.length + stopped.length + closed.length + failed.length;
  if (count === 0) return {};
  return {
    Model: requireEnv(TRAINING_ENV.model),
    [RUNS_STUCK_METRIC]: count,
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: [
        { Namespace: TRAINING_METRICS, Dimensions: [['Model']], Metrics: [{ Name: RUNS_STUCK_METRIC, Unit: 'Count' }] },
      ],
    },
  };
};

/** Begins and ends the runs that events have left behind. */
export const handler = defineHandler('training-sweep-runs', z.unknown(), async () => {
  const swept = await sweepRuns({
    registry: RegistryStore.fromEnvironment(),
    executions: executionsOf(requireEnv(TRAINING_ENV.stateMachineArn)),
    jobs,
    model: requireEnv(TRAINING_ENV.model),
    actorId: requireEnv('AWS_LAMBDA_FUNCTION_NAME'),
    now: () => new Date(),
  });
  log.info('runs swept', { ...swept, ...stuckRuns(swept) });
  return swept;
});
