import * as z from 'zod/mini';
import { STORE_ENV } from '../../lib/artifacts/contract';
import type { PlanRunInput } from '../../lib/training/contract';
import { RegistryStore } from '../registry/store';
import { TrackingStore } from '../registry/store/tracking';
import { pinImage } from '../shared/ecr.client';
import { requireEnv } from '../shared/environment';
import { defineHandler } from '../shared/handler';
import { text } from '../shared/schemas';
import { planObjects } from './plan-objects.client';
import { planRun } from './plan-run';
import { Run, Spec } from './schemas';

const Input = z.object({ ...Run, executionArn: text, spec: Spec }) satisfies z.ZodMiniType<PlanRunInput>;

/** Fixes by digest everything that a run uses, and refuses what would cost too much. */
export const handler = defineHandler('training-plan-run', Input, (input) =>
  planRun(input, {
    registry: RegistryStore.fromEnvironment(),
    objects: planObjects,
    trackRun: (tracking) => TrackingStore.fromEnvironment().trackRun(tracking),
    pinImage,
    bucket: requireEnv(STORE_ENV.bucket),
    region: requireEnv('AWS_REGION'),
  }),
);
