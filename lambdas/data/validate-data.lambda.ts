import * as z from 'zod/mini';
import { STORE_ENV } from '../../lib/artifacts/contract';
import type { ValidateDataInput } from '../../lib/data/contract';
import { requireEnv } from '../shared/environment';
import { defineHandler } from '../shared/handler';
import { log } from '../shared/log';
import { putJson, readObject } from '../shared/s3.client';
import { dataSchema, privacySpec, recordedObject, text } from '../shared/schemas';
import { validateRunData } from './validate-data';

const Input = z.object({
  runId: text,
  model: text,
  bucket: text,
  objects: z.array(recordedObject),
  schema: dataSchema,
  privacy: z.optional(privacySpec),
}) satisfies z.ZodMiniType<ValidateDataInput>;

/** Validates the data of a run by its schema, and keeps the report as evidence. */
export const handler = defineHandler('data-validate-data', Input, async (input) => {
  const output = await validateRunData(input, {
    evidenceBucket: requireEnv(STORE_ENV.evidenceBucket),
    read: readObject,
    putJson,
  });
  log.info('data validated', { runId: input.runId, passed: output.passed, rows: output.rows });
  return output;
});
