import * as z from 'zod/mini';
import { RegistryStore } from '../registry/store';
import { requireEnv } from '../shared/environment';
import { defineHandler } from '../shared/handler';
import { log } from '../shared/log';
import { headObject, listKeys, readObject } from '../shared/s3.client';
import { text } from '../shared/schemas';
import { makeVersion } from './make-version';

const Event = z.object({ dataset: text, uploadId: text });

/** Makes a dataset version of a completed upload, or rejects the upload with its reason. */
export const handler = defineHandler('data-make-version', Event, async (event) => {
  const outcome = await makeVersion(event, {
    registry: RegistryStore.fromEnvironment(),
    objects: { head: headObject, read: readObject, list: listKeys },
    actorId: requireEnv('AWS_LAMBDA_FUNCTION_NAME'),
  });
  log.info('upload handled', { ...event, ...outcome });
  return outcome;
});
