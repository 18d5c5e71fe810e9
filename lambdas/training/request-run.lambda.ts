import * as z from 'zod/mini';
import { CHANGE, EVENT_SOURCE } from '../../lib/registry/contract';
import { TRAINING_ENV } from '../../lib/training/contract';
import { RegistryStore } from '../registry/store';
import { requireEnv } from '../shared/environment';
import { defineHandler, parse } from '../shared/handler';
import { log } from '../shared/log';
import { text } from '../shared/schemas';
import { requestRun } from './request-run';

const Event = z.object({ id: text, source: text, 'detail-type': text, detail: z.optional(z.unknown()) });

const NewVersion = z.object({ version: z.int(), actor: z.object({ id: text, onBehalfOf: z.optional(text) }) });

/** Asks for a run when there is new data, at set times, and when an event of the user's arrives. */
export const handler = defineHandler('training-request-run', Event, async (event) => {
  const isNewData = event.source === EVENT_SOURCE && event['detail-type'] === CHANGE.datasetVersionCreated;
  const change = isNewData ? parse(`The event ${event.id}`, NewVersion, event.detail) : undefined;
  const outcome = await requestRun(
    {
      id: event.id,
      source: event.source,
      detailType: event['detail-type'],
      ...(change
        ? { dataset: { version: change.version, createdBy: change.actor.onBehalfOf ?? change.actor.id } }
        : {}),
    },
    {
      registry: RegistryStore.fromEnvironment(),
      model: requireEnv(TRAINING_ENV.model),
      dataset: requireEnv(TRAINING_ENV.dataset),
      actorId: requireEnv('AWS_LAMBDA_FUNCTION_NAME'),
    },
  );
  log.info('run requested', { ...outcome, event: event.id });
  return outcome;
});
