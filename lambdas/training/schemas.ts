/** The forms of what the states hand to the functions. */
import * as z from 'zod/mini';
import type { ValidateDataOutput } from '../../lib/data/contract';
import type { MeasuresSpec } from '../../lib/governance/contract';
import type {
  EvaluateOutput,
  ExplainSpec,
  JobShape,
  RunContext,
  RunImages,
  SplitInfo,
  TrainingSpec,
} from '../../lib/training/contract';
import { dataSchema, privacySpec, recordedObject, text } from '../shared/schemas';

const share = z.number().check(z.gt(0), z.lt(1));
const texts = z.record(z.string(), z.string());

export const Run = { runId: text, attempt: z.int().check(z.minimum(1)) };

const Job = z.object({
  instanceType: text,
  instanceCount: z.number(),
  volumeGb: z.number(),
  maxRuntimeSeconds: z.number(),
  spot: z.optional(z.boolean()),
}) satisfies z.ZodMiniType<JobShape>;

export const Images = z.object({
  processing: text,
  training: z.optional(text),
  serving: text,
}) satisfies z.ZodMiniType<RunImages>;

export const Measures = z.object({
  slices: z.optional(z.array(z.object({ column: text, edges: z.optional(z.array(z.number())) }))),
  comparisons: z.optional(
    z.array(z.object({ metric: text, higherIsBetter: z.boolean(), confidence: z.number().check(z.gt(0), z.lt(1)) })),
  ),
}) satisfies z.ZodMiniType<MeasuresSpec>;

const count = z.int().check(z.minimum(1));
const Explain = z.object({
  ...{ rows: count, permutations: count, maxPredictions: count, seed: z.int() },
}) satisfies z.ZodMiniType<ExplainSpec>;

const Location = z.object({ bucket: text, key: text });

export const Spec = z.object({
  model: text,
  dataset: text,
  schema: dataSchema,
  privacy: z.optional(privacySpec),
  stage: z.enum(['dev', 'test', 'prod']),
  testShare: share,
  validationShare: share,
  seed: z.int(),
  header: z.boolean(),
  source: z.optional(Location),
  trainingEntry: z.optional(text),
  servingEntry: z.optional(text),
  preprocessingEntry: z.optional(text),
  splitScript: Location,
  images: Images,
  hyperparameters: texts,
  servingEnvironment: texts,
  jobs: z.object({ processing: Job, training: z.optional(Job), transform: Job }),
  maxCostUsd: z.number(),
  prices: z.optional(z.record(z.string(), z.number())),
  contentType: text,
  measures: z.optional(Measures),
  explain: z.optional(Explain),
  mlflow: z.optional(z.object({ experiment: text, artifactLocation: text })),
}) satisfies z.ZodMiniType<TrainingSpec>;

export const Validation = z.object({
  passed: z.boolean(),
  reason: z.optional(z.string()),
  rows: z.number(),
  columns: z.array(z.string()),
  reportUri: text,
  reportSha256: text,
  piiReport: z.optional(z.object({ uri: text, sha256: text })),
}) satisfies z.ZodMiniType<ValidateDataOutput>;

export const Data = z.object({
  dataset: text,
  version: z.int(),
  contentDigest: text,
  bucket: text,
  prefixUri: text,
  objects: z.array(recordedObject),
}) satisfies z.ZodMiniType<RunContext['data']>;

export const Source = z.object({
  uri: text,
  sha256: text,
  origin: z.enum(['stack', 'command']),
  commit: z.optional(z.string()),
  dirty: z.optional(z.boolean()),
}) satisfies z.ZodMiniType<NonNullable<RunContext['source']>>;

export const Uris = z.object({
  source: z.string(),
  split: text,
  config: text,
  train: text,
  validation: text,
  test: text,
  meta: text,
  preprocessing: text,
  trainOutput: text,
  checkpoints: text,
  transform: text,
  championTransform: text,
}) satisfies z.ZodMiniType<RunContext['uris']>;

export const Champion = z.object({
  version: z.int(),
  archiveUri: text,
  image: text,
  environment: texts,
}) satisfies z.ZodMiniType<NonNullable<RunContext['champion']>>;

export const Archive = z.object({
  uri: text,
  sha256: text,
  size: z.number(),
  report: z.optional(z.object({ uri: text, sha256: text })),
}) satisfies z.ZodMiniType<NonNullable<RunContext['archive']>>;

export const Evaluated = z.object({
  uri: text,
  sha256: text,
  metrics: z.record(z.string(), z.number()),
  championMetrics: z.optional(z.record(z.string(), z.number())),
  testDataDigest: text,
  predictions: z.object({ uri: text, sha256: text }),
}) satisfies z.ZodMiniType<EvaluateOutput>;

/** `split.json`. */
export const Split = z.object({
  columns: z.array(text),
  rows: z.object({ train: z.int(), validation: z.int(), test: z.int() }),
  testSha256: text,
  facetsSha256: z.optional(text),
  explain: z.optional(
    z.union([
      z.object({
        sha256: text,
        walks: z.array(z.object({ row: z.int(), background: z.int(), order: z.array(z.int()) })),
      }),
      z.object({ reason: text }),
    ]),
  ),
}) satisfies z.ZodMiniType<SplitInfo>;

export const Environment = texts;
