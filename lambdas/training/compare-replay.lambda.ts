import * as z from 'zod/mini';
import { STORE_ENV } from '../../lib/artifacts/contract';
import { RegistryStore } from '../registry/store';
import { requireEnv } from '../shared/environment';
import { defineHandler } from '../shared/handler';
import { listKeys, putJson, readObject } from '../shared/s3.client';
import { text } from '../shared/schemas';
import { type CompareReplayInput, compareReplay } from './compare-replay';
import { Archive, Evaluated, Run, Uris } from './schemas';

const Input = z.object({
  ...Run,
  model: text,
  replayOf: text,
  uris: Uris,
  archive: Archive,
  evaluation: Evaluated,
}) satisfies z.ZodMiniType<CompareReplayInput>;

/** Compares a replay with the run that it repeats. */
export const handler = defineHandler('training-compare-replay', Input, (input) =>
  compareReplay(input, {
    registry: RegistryStore.fromEnvironment(),
    read: readObject,
    list: listKeys,
    putJson,
    evidenceBucket: requireEnv(STORE_ENV.evidenceBucket),
  }),
);
