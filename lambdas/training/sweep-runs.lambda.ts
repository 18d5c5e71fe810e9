import * as z from 'zod/mini';
import { TRAINING_ENV } from '../../lib/training/contract';
import { RegistryStore } from '../registry/store';
import { requireEnv } from '../shared/environment';
import { defineHandler } from '../shared/handler';
import { log } from '../shared/log';
import { executionsOf } from './executions.client';
import { jobs } from './sagemaker.client';
import { sweepRuns } from './sweep-runs';

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
  log.info('runs swept', { ...swept });
  return swept;
});
