import { RegistryStore } from '../registry/store';
import { requireEnv } from '../shared/environment';
import { defineHandler } from '../shared/handler';
import { log } from '../shared/log';
import { specFromEnvironment } from './release';
import { requestRelease } from './request-release';
import { versionEvent } from './schemas';

/** Asks for the release of each new version. */
export const handler = defineHandler('release-request-release', versionEvent, async ({ detail }) => {
  const outcome = await requestRelease(detail, {
    store: RegistryStore.fromEnvironment(),
    model: specFromEnvironment().model,
    actorId: requireEnv('AWS_LAMBDA_FUNCTION_NAME'),
  });
  log.info('version handled', { version: detail.version, ...outcome });
  return outcome;
});
