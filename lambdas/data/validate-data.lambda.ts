import * as z from 'zod/mini';
import { STORE_ENV } from '../../lib/artifacts/contract';
import type { DataSchema, ValidateDataInput } from '../../lib/data/contract';
import { requireEnv } from '../shared/environment';
import { defineHandler } from '../shared/handler';
import { log } from '../shared/log';
import { putJson, readObject } from '../shared/s3.client';
import { validateRunData } from './validate-data';

const text = z.string().check(z.minLength(1));

const Schema = z.object({
  label: text,
  id: z.optional(text),
  time: z.optional(text),
  facets: z.optional(z.array(text)),
  features: z.optional(z.array(z.object({ name: text, type: z.enum(['numeric', 'categorical', 'string']) }))),
  problem: z.enum(['binary', 'multiclass', 'regression']),
  positive: z.optional(text),
  maxMissingShare: z.optional(z.number().check(z.minimum(0), z.maximum(1))),
}) satisfies z.ZodMiniType<DataSchema>;

const Input = z.object({
  runId: text,
  model: text,
  bucket: text,
  objects: z.array(z.object({ key: text, versionId: text, name: text, sha256: text })),
  schema: Schema,
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
