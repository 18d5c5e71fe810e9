import { RELEASE_ENV } from '../../lib/release/contract';
import { RegistryStore } from '../registry/store';
import { requireEnv } from '../shared/environment';
import { startExecution } from '../shared/executions.client';
import { defineHandler } from '../shared/handler';
import { log } from '../shared/log';
import { specFromEnvironment } from './release';
import { releaseEvent } from './schemas';
import { startRelease } from './start-release';

/** Starts the execution of a requested release. */
export const handler = defineHandler('release-start-release', releaseEvent, async ({ detail }) => {
  const outcome = await startRelease(detail.releaseId, {
    store: RegistryStore.fromEnvironment(),
    model: specFromEnvironment().model,
    start: (name, input) => startExecution(requireEnv(RELEASE_ENV.stateMachineArn), name, input),
  });
  log.info('release handled', { releaseId: detail.releaseId, outcome });
  return { outcome };
});
