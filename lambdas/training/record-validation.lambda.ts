import * as z from 'zod/mini';
import type { RecordValidationInput } from '../../lib/training/contract';
import { RegistryStore } from '../registry/store';
import { defineHandler } from '../shared/handler';
import { recordValidation } from './record-validation';
import { Run, Validation } from './schemas';

const Input = z.object({ ...Run, validation: Validation }) satisfies z.ZodMiniType<RecordValidationInput>;

/** Records what validation found; data that did not pass rejects the run. */
export const handler = defineHandler('training-record-validation', Input, (input) =>
  recordValidation(input, { registry: RegistryStore.fromEnvironment() }),
);
