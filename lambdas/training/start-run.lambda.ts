import * as z from 'zod/mini';
import { CHANGE } from '../../lib/registry/contract';
import { TRAINING_ENV } from '../../lib/training/contract';
import { RegistryStore } from '../registry/store';
import { requireEnv } from '../shared/environment';
import { defineHandler } from '../shared/handler';
import { log } from '../shared/log';
import { text } from '../shared/schemas';
import { executionsOf } from './executions.client';
import { startRun, stopRun } from './start-run';

const Event = z.object({
  'detail-type': z.enum([CHANGE.runRequested, CHANGE.runStopRequested]),
  detail: z.object({ runId: text }),
});

/** Starts or stops the execution of a run, as the registry says. */
export const handler = defineHandler('training-start-run', Event, async (event) => {
  const { runId } = event.detail;
  const act = event['detail-type'] === CHANGE.runRequested ? startRun : stopRun;
  const outcome = await act(runId, {
    registry: RegistryStore.fromEnvironment(),
    executions: executionsOf(requireEnv(TRAINING_ENV.stateMachineArn)),
    actorId: requireEnv('AWS_LAMBDA_FUNCTION_NAME'),
  });
  log.info('run handled', { runId, outcome });
  return { outcome };
});
