import * as z from 'zod/mini';
import { STORE_ENV } from '../../lib/artifacts/contract';
import { RegistryStore } from '../registry/store';
import { collect } from '../shared/bytes';
import { requireEnv } from '../shared/environment';
import { defineHandler, parse } from '../shared/handler';
import { parseS3Uri, putJson, readObject } from '../shared/s3.client';
import { dataSchema, text } from '../shared/schemas';
import { type EvaluateInput, evaluate } from './evaluate';
import { Champion, Data, Measures, Run, Split, Uris } from './schemas';

const Input = z.object({
  ...Run,
  model: text,
  schema: dataSchema,
  uris: Uris,
  data: Data,
  champion: z.optional(Champion),
  measures: z.optional(Measures),
}) satisfies z.ZodMiniType<EvaluateInput>;

const readSplit = async (uri: string) => {
  const { bucket, key } = parseS3Uri(uri);
  return parse(uri, Split, JSON.parse((await collect(await readObject(bucket, key))).toString('utf8')));
};

/** Grades a model by the predictions that it made for the held-out rows. */
export const handler = defineHandler('training-evaluate', Input, (input) =>
  evaluate(input, {
    registry: RegistryStore.fromEnvironment(),
    read: readObject,
    readSplit,
    putJson,
    evidenceBucket: requireEnv(STORE_ENV.evidenceBucket),
  }),
);
