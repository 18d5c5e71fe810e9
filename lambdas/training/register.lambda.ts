import * as z from 'zod/mini';
import { STORE_ENV } from '../../lib/artifacts/contract';
import { RegistryStore } from '../registry/store';
import { requireEnv } from '../shared/environment';
import { defineHandler } from '../shared/handler';
import { signerFromEnvironment } from '../shared/kms-signer.client';
import { putJson, putJsonText } from '../shared/s3.client';
import { text } from '../shared/schemas';
import { type RegisterDependencies, type RegisterInput, register } from './register';
import { Archive, Data, Environment, Evaluated, Images, Run, Source, Validation } from './schemas';

const Input = z.object({
  ...Run,
  model: text,
  data: Data,
  images: Images,
  source: z.optional(Source),
  servingEnvironment: Environment,
  contentType: text,
  validation: Validation,
  archive: Archive,
  evaluation: Evaluated,
}) satisfies z.ZodMiniType<RegisterInput>;

const signing = (): Pick<RegisterDependencies, 'signing'> => {
  const signer = signerFromEnvironment();
  return signer ? { signing: { signer, write: putJsonText } } : {};
};

/** Registers the candidate with its evidence. */
export const handler = defineHandler('training-register', Input, (input) =>
  register(input, {
    registry: RegistryStore.fromEnvironment(),
    putJson,
    ...signing(),
    evidenceBucket: requireEnv(STORE_ENV.evidenceBucket),
    actorId: requireEnv('AWS_LAMBDA_FUNCTION_NAME'),
  }),
);
