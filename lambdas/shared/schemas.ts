/** Forms that several handlers take. */
import * as z from 'zod/mini';
import type { DataSchema, PrivacySpec, RecordedObject } from '../../lib/data/contract';

export const text = z.string().check(z.minLength(1));

/** `$states.errorOutput`; a part of it may be missing, or be no text. */
export const failure = z.object({ Error: z.optional(z.string()), Cause: z.optional(z.string()) });

/** How runs and releases end. */
export const ended = z.enum(['SUCCEEDED', 'REJECTED', 'FAILED', 'STOPPED']);

export const recordedObject = z.object({
  key: text,
  versionId: text,
  name: text,
  sha256: text,
}) satisfies z.ZodMiniType<RecordedObject>;

export const dataSchema = z.object({
  label: text,
  id: z.optional(text),
  time: z.optional(text),
  facets: z.optional(z.array(text)),
  features: z.optional(z.array(z.object({ name: text, type: z.enum(['numeric', 'categorical', 'string']) }))),
  problem: z.enum(['binary', 'multiclass', 'regression']),
  positive: z.optional(text),
  maxMissingShare: z.optional(z.number().check(z.minimum(0), z.maximum(1))),
}) satisfies z.ZodMiniType<DataSchema>;

export const privacyRules = z.record(z.string(), z.enum(['allow', 'drop', 'hash', 'refuse']));

export const privacySpec = z.object({
  columns: privacyRules,
  undeclared: z.enum(['allow', 'refuse']),
  sample: z.optional(z.number().check(z.gt(0), z.maximum(1))),
}) satisfies z.ZodMiniType<PrivacySpec>;
