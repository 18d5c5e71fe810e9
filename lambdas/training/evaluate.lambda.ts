import * as z from 'zod/mini';
import { STORE_ENV } from '../../lib/artifacts/contract';
import { RegistryStore } from '../registry/store';
import { requireEnv } from '../shared/environment';
import { defineHandler, parse } from '../shared/handler';
import { parseS3Uri, putJson, readObject } from '../shared/s3.client';
import { type EvaluateInput, evaluate } from './evaluate';
import { Champion, Data, Run, Schema, Split, text, Uris } from './schemas';

const Input = z.object({
  ...Run,
  model: text,
  schema: Schema,
  uris: Uris,
  data: Data,
  champion: z.optional(Champion),
}) satisfies z.ZodMiniType<EvaluateInput>;

const readSplit = async (uri: string) => {
  const { bucket, key } = parseS3Uri(uri);
  const chunks: Uint8Array[] = [];
  for await (const chunk of await readObject(bucket, key)) chunks.push(chunk);
  return parse(uri, Split, JSON.parse(Buffer.concat(chunks).toString('utf8')));
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
