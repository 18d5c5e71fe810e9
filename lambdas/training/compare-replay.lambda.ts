import { paginateListObjectsV2 } from '@aws-sdk/client-s3';
import * as z from 'zod/mini';
import { STORE_ENV } from '../../lib/artifacts/contract';
import { RegistryStore } from '../registry/store';
import { requireEnv } from '../shared/environment';
import { defineHandler } from '../shared/handler';
import { putJson, readObject, s3 } from '../shared/s3.client';
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

const list = async (Bucket: string, Prefix: string): Promise<string[]> => {
  const keys: string[] = [];
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket, Prefix })) {
    keys.push(...Contents.map(({ Key }) => Key!));
  }
  return keys.sort();
};

/** Compares a replay with the run that it repeats. */
export const handler = defineHandler('training-compare-replay', Input, (input) =>
  compareReplay(input, {
    registry: RegistryStore.fromEnvironment(),
    read: readObject,
    list,
    putJson,
    evidenceBucket: requireEnv(STORE_ENV.evidenceBucket),
  }),
);
