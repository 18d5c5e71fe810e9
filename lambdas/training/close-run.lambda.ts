import * as z from 'zod/mini';
import { STORE_ENV } from '../../lib/artifacts/contract';
import type { CloseRunInput } from '../../lib/training/contract';
import { RegistryStore } from '../registry/store';
import { overflowIn } from '../registry/store/overflow';
import { TrackingStore } from '../registry/store/tracking';
import { requireEnv } from '../shared/environment';
import { defineHandler } from '../shared/handler';
import { log } from '../shared/log';
import { ended, text } from '../shared/schemas';
import { closeRun } from './close-run';
import { attemptOf, endOf } from './executions';
import { jobs } from './sagemaker.client';
import { Run } from './schemas';

const State = z.object({
  ...Run,
  status: ended,
  error: z.optional(z.string()),
  cause: z.optional(z.string()),
  metrics: z.optional(z.record(z.string(), z.number())),
  version: z.optional(z.int()),
}) satisfies z.ZodMiniType<CloseRunInput>;

/** `Step Functions Execution Status Change`. */
const Ended = z.object({
  source: z.literal('aws.states'),
  detail: z.object({
    name: text,
    status: text,
    error: z.nullish(z.string()),
    cause: z.nullish(z.string()),
  }),
});

const fromEvent = ({ detail }: z.infer<typeof Ended>): CloseRunInput | undefined => {
  const run = attemptOf(detail.name);
  const { status, error, cause } = detail;
  return run && endOf(run, { status, ...(error ? { error } : {}), ...(cause ? { cause } : {}) });
};

/** Ends a run in the registry: as a state of the machine, and when an execution ended in a way that no state sees. */
export const handler = defineHandler('training-close-run', z.union([Ended, State]), async (event) => {
  const input = 'source' in event ? fromEvent(event) : event;
  const closed =
    input &&
    (await closeRun(input, {
      registry: RegistryStore.fromEnvironment(),
      jobs,
      endTracked: (run) => TrackingStore.fromEnvironment(overflowIn(requireEnv(STORE_ENV.bucket))).endTrackedRun(run),
      actorId: requireEnv('AWS_LAMBDA_FUNCTION_NAME'),
    }));
  if (closed) log.info('run closed', { ...closed, runId: input.runId, attempt: input.attempt });
  else log.warn('an execution ended that belongs to no run', { input });
  return closed ?? { status: 'FAILED', reason: 'The execution belongs to no run of the registry.' };
});
