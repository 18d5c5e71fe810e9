import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod/mini';

const metricPolicy = z.object({ metric: z.string(), min: z.optional(z.number()), max: z.optional(z.number()) });
const championPolicy = z.object({
  beatsChampion: z.object({
    metric: z.optional(z.string()),
    margin: z.optional(z.number()),
    higherIsBetter: z.optional(z.boolean()),
  }),
});

const modelConfig = z.strictObject({
  /** Name of the model. */
  model: z.string(),
  owner: z.string(),
  purpose: z.optional(z.string()),
  riskTier: z.optional(z.enum(['LOW', 'MEDIUM', 'HIGH'])),
  dataset: z.optional(z.string()),
  /** Folder of the training source, from the configuration file. */
  source: z.string(),
  image: z.object({ framework: z.enum(['xgboost', 'scikit-learn']), version: z.string() }),
  schema: z.strictObject({
    label: z.string(),
    problem: z.optional(z.enum(['binary', 'multiclass', 'regression'])),
    id: z.optional(z.string()),
    time: z.optional(z.string()),
    facets: z.optional(z.array(z.string())),
    positive: z.optional(z.string()),
  }),
  /** Preprocessing script inside the source. */
  preprocessing: z.optional(z.string()),
  hyperparameters: z.optional(z.record(z.string(), z.string())),
  instanceType: z.optional(z.string()),
  endpointInstanceType: z.optional(z.string()),
  maxCostUsd: z.optional(z.number()),
  policies: z.optional(z.array(z.union([metricPolicy, championPolicy]))),
});
const appConfig = z.strictObject({
  platform: z.optional(z.string()),
  notificationEmails: z.optional(z.array(z.string())),
  /** Whether versions are signed, $1 a month. */
  signing: z.optional(z.boolean()),
  models: z.array(modelConfig),
});

export type ModelConfig = z.infer<typeof modelConfig>;
export type AppConfig = z.infer<typeof appConfig>;

/**
 * Reads the app's configuration; paths in it are made absolute.
 * @throws Error that names the file and everything wrong in it.
 */
export function readConfig(file: string): AppConfig {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new Error(`The configuration ${file} can't be read. Name another with -c config=FILE.`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`The configuration ${file} is not JSON: ${(error as Error).message}`);
  }
  const result = appConfig.safeParse(value);
  if (!result.success) {
    const problems = result.error.issues.map((issue) => `${issue.path.join('.') || '(top)'}: ${issue.message}`);
    throw new Error(`The configuration ${file} is not right: ${problems.join('; ')}`);
  }
  const models = result.data.models.map((model) => ({ ...model, source: join(dirname(file), model.source) }));
  return { ...result.data, models };
}
