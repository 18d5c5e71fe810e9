import { setTimeout } from 'node:timers/promises';
import { RegistryStore } from '../registry/store';
import { describeExecution } from '../shared/executions.client';
import { defineHandler } from '../shared/handler';
import { log } from '../shared/log';
import { specFromEnvironment } from './release';
import { sageMaker } from './sagemaker.client';
import { executionEvent } from './schemas';
import { settleRelease } from './settle-release';

/** Rolls back and closes a release whose execution has ended. */
export const handler = defineHandler('release-settle-release', executionEvent, async ({ detail }) => {
  const outcome = await settleRelease(detail.name, {
    store: RegistryStore.fromEnvironment(),
    model: specFromEnvironment().model,
    sageMaker,
    describe: describeExecution,
    pause: () => setTimeout(5_000),
    looks: 48,
  });
  log.info('ended execution handled', { releaseId: detail.name, outcome });
  return { outcome };
});
