import { RegistryStore } from '../registry/store';
import { defineHandler } from '../shared/handler';
import { readObject } from '../shared/s3.client';
import { invokeEndpoint } from './endpoint.client';
import { specFromEnvironment } from './release';
import { deployInput } from './schemas';
import { smokeTest } from './smoke-test';

/** Asks the endpoint for predictions that are on record. */
export const handler = defineHandler('release-smoke-test', deployInput, (input) =>
  smokeTest(input, {
    store: RegistryStore.fromEnvironment(),
    model: specFromEnvironment().model,
    read: readObject,
    invoke: invokeEndpoint,
  }),
);
