import { RegistryStore } from '../registry/store';
import { sendTaskSuccess } from '../shared/executions.client';
import { defineHandler } from '../shared/handler';
import { log } from '../shared/log';
import { sendApproval } from './approve';
import { specFromEnvironment } from './release';
import { releaseEvent } from './schemas';

/** Wakes the execution that waits for a decision, once the decision is on record. */
export const handler = defineHandler('release-send-approval', releaseEvent, async ({ detail }) => {
  const outcome = await sendApproval(detail.releaseId, {
    store: RegistryStore.fromEnvironment(),
    model: specFromEnvironment().model,
    sendTaskSuccess,
  });
  log.info('approval handled', { releaseId: detail.releaseId, ...outcome });
  return outcome;
});
