import * as z from 'zod/mini';
import { STORE_ENV } from '../../lib/artifacts/contract';
import { GOVERNANCE_ENV, type GovernInput, type PolicySpec } from '../../lib/governance/contract';
import { RegistryStore } from '../registry/store';
import { requireEnv, requireJsonEnv } from '../shared/environment';
import { defineHandler } from '../shared/handler';
import { putJson, readObject } from '../shared/s3.client';
import { text } from '../shared/schemas';
import { govern } from './govern';
import { askPolicyFunction } from './policy-function.client';

const input = z.object({
  releaseId: text,
  model: text,
  version: z.int().check(z.positive()),
}) satisfies z.ZodMiniType<GovernInput>;

const number = z.optional(z.number());
const policies = z.array(
  z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('metric'), id: text, metric: text, min: number, max: number }),
    z.object({
      kind: z.literal('beats-champion'),
      id: text,
      metric: text,
      margin: z.number(),
      higherIsBetter: z.boolean(),
    }),
    z.object({
      kind: z.literal('fairness'),
      id: text,
      facet: text,
      metric: text,
      max: number,
      min: number,
      minRows: z.int(),
    }),
    z.object({
      ...{ kind: z.literal('slices'), id: text, metric: text, higherIsBetter: z.boolean(), column: text },
      ...{ edges: z.optional(z.array(z.number())), min: number, max: number, maxGap: number, minRows: z.int() },
    }),
    z.object({
      ...{ kind: z.literal('better-than-champion'), id: text, metric: text, higherIsBetter: z.boolean() },
      ...{ margin: z.number(), confidence: z.number() },
    }),
    z.object({
      ...{ kind: z.literal('explanation'), id: text, maxShare: number, maxProtectedShare: number },
      protectedFeatures: z.optional(z.array(text)),
    }),
    z.object({ kind: z.literal('cost'), id: text, maxUsd: z.number() }),
    z.object({ kind: z.literal('model-card'), id: text }),
    z.object({ kind: z.literal('pii'), id: text, allowed: z.optional(z.array(text)), minScanned: z.number() }),
    z.object({
      kind: z.literal('archive'),
      id: text,
      pickles: z.enum(['refuse', 'scan']),
      allow: z.optional(z.array(text)),
    }),
    z.object({ kind: z.literal('lineage-complete'), id: text }),
    z.object({ kind: z.literal('data-validated'), id: text }),
    z.object({ kind: z.literal('function'), id: text, functionArn: text }),
  ]),
) satisfies z.ZodMiniType<PolicySpec[]>;

/** Of each policy, whatever its kind. */
const waivability = z.array(z.object({ waivable: z.optional(z.literal(false)) }));

/** Judges a version by its model's policies. */
export const handler = defineHandler('governance-govern', input, (release) =>
  govern(release, {
    store: RegistryStore.fromEnvironment(),
    policies: requireJsonEnv(GOVERNANCE_ENV.policies, z.intersection(policies, waivability)),
    evidenceBucket: requireEnv(STORE_ENV.evidenceBucket),
    read: readObject,
    write: putJson,
    ask: askPolicyFunction,
    now: () => new Date().toISOString(),
  }),
);
