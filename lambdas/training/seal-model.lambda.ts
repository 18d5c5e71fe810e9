import * as z from 'zod/mini';
import { STORE_ENV } from '../../lib/artifacts/contract';
import type { SealModelInput } from '../../lib/training/contract';
import { RegistryStore } from '../registry/store';
import { requireEnv } from '../shared/environment';
import { defineHandler } from '../shared/handler';
import { putJson } from '../shared/s3.client';
import { text } from '../shared/schemas';
import { Run } from './schemas';
import { sealModel } from './seal-model';
import { sealObjects } from './seal-objects.client';

const Input = z.object({
  ...Run,
  trained: z.object({ archiveUri: text }),
}) satisfies z.ZodMiniType<SealModelInput>;

/** Copies a model's archive to the key that its digest names. */
export const handler = defineHandler('training-seal-model', Input, (input) =>
  sealModel(input, {
    registry: RegistryStore.fromEnvironment(),
    objects: sealObjects,
    bucket: requireEnv(STORE_ENV.bucket),
    putJson,
    evidenceBucket: requireEnv(STORE_ENV.evidenceBucket),
  }),
);
