import * as z from 'zod/mini';
import { type RecordJobInput, RUN_STEPS, type StepOutput } from '../../lib/training/contract';
import { RegistryStore } from '../registry/store';
import { defineHandler } from '../shared/handler';
import { failure, text } from '../shared/schemas';
import { recordJob } from './record-job';
import { jobs } from './sagemaker.client';
import { Run } from './schemas';

const Input = z.object({
  ...Run,
  step: z.enum(RUN_STEPS),
  kind: z.enum(['processing', 'training', 'transform', 'model']),
  jobName: text,
  handsOn: z.optional(z.custom<StepOutput>((value) => typeof value === 'object' && value !== null)),
  failure: z.optional(failure),
}) satisfies z.ZodMiniType<RecordJobInput>;

/** Reads a job of a run back, and records it. */
export const handler = defineHandler('training-record-job', Input, (input) =>
  recordJob(input, { registry: RegistryStore.fromEnvironment(), jobs }),
);
