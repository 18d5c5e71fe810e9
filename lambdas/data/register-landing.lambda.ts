import * as z from 'zod/mini';
import { ApiStore } from '../registry/store/api-store';
import { requireEnv } from '../shared/environment';
import { defineHandler } from '../shared/handler';
import { log } from '../shared/log';
import { text } from '../shared/schemas';
import { registerLanding } from './register-landing';

const Event = z.object({ bucket: text, key: text, sequencer: text, requester: z.optional(text) });

/** Registers a folder of the bucket whose writer has put its marker of completion there. */
export const handler = defineHandler('data-register-landing', Event, async (event) => {
  const registered = await registerLanding(event, {
    registry: ApiStore.fromEnvironment(),
    actorId: requireEnv('AWS_LAMBDA_FUNCTION_NAME'),
  });
  log.info('landing registered', { ...event, ...registered });
  return registered;
});
