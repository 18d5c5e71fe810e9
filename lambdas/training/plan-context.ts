import { jobName } from '../../core/ids';
import { runPrefix } from '../../lib/artifacts/contract';
import type { DatasetVersionRecord, RunRecord, SourceRecord, StepRecord } from '../../lib/registry/contract';
import {
  RUN_STEPS,
  type RunContext,
  type RunImages,
  type RunStep,
  type TrainingSpec,
} from '../../lib/training/contract';
import { RunRejected } from './errors';

/** Everything that a plan has fixed. */
export interface Pinned {
  readonly data: DatasetVersionRecord;
  readonly source?: SourceRecord;
  readonly split: { readonly prefixUri: string; readonly sha256: string };
  readonly images: RunImages;
  readonly hyperparameters: Readonly<Record<string, string>>;
  readonly champion?: RunContext['champion'];
  /** The archive of a model that was trained elsewhere. */
  readonly trained?: RunContext['trained'];
}

/** SageMaker's limits on hyperparameters. */
const MAX_PARAMETERS = 100;
const MAX_VALUE = 2500;

/**
 * A run's parameters over the pipeline's, and what script mode needs.
 * @throws RunRejected that names every parameter that can't be used.
 */
export const mergeHyperparameters = (
  spec: Pick<TrainingSpec, 'hyperparameters' | 'trainingEntry'>,
  parameters: Readonly<Record<string, string>> = {},
  region: string,
): Readonly<Record<string, string>> => {
  const reserved = Object.keys(parameters).filter((name) => name.startsWith('sagemaker_'));
  const scriptMode: Record<string, string> = spec.trainingEntry
    ? {
        sagemaker_program: spec.trainingEntry,
        sagemaker_submit_directory: '/opt/ml/input/data/code/sourcedir.tar.gz',
        sagemaker_region: region,
        sagemaker_container_log_level: '20',
      }
    : {};
  const merged = { ...spec.hyperparameters, ...parameters, ...scriptMode };
  const long = Object.keys(merged).filter((name) => name.length > 256 || merged[name]!.length > MAX_VALUE);
  const problems = [
    ...reserved.map((name) => `'${name}' is reserved for SageMaker`),
    ...long.map((name) => `'${name}' is longer than SageMaker takes (${MAX_VALUE} characters)`),
  ];
  const count = Object.keys(merged).length;
  if (count > MAX_PARAMETERS) problems.push(`there are ${count}, SageMaker takes ${MAX_PARAMETERS}`);
  if (problems.length > 0) throw new RunRejected(`The run's parameters can't be used: ${problems.join('; ')}.`);
  return merged;
};

const servingEnvironmentOf = (spec: TrainingSpec, region: string): Readonly<Record<string, string>> => ({
  ...(spec.servingEntry
    ? {
        SAGEMAKER_PROGRAM: spec.servingEntry,
        SAGEMAKER_SUBMIT_DIRECTORY: '/opt/ml/model/code',
        SAGEMAKER_CONTAINER_LOG_LEVEL: '20',
        SAGEMAKER_REGION: region,
      }
    : {}),
  ...spec.servingEnvironment,
});

const namesOf = (run: string, attempt: number): RunContext['names'] => {
  const name = (step: string): string => jobName({ run, step, attempt });
  return {
    preprocess: name('preprocess'),
    train: name('train'),
    model: name('model'),
    transform: name('transform'),
    championModel: name('champion'),
    championTransform: name('championtransform'),
  };
};

/** Training may not read below `held-out/`: the rows by which it is judged, and what was predicted for them. */
const urisOf = (
  bucket: string,
  { runId, attempt }: RunRecord,
  code: Pick<RunContext['uris'], 'source' | 'split'>,
): RunContext['uris'] => {
  const run = `s3://${bucket}/${runPrefix(runId)}`;
  const here = `${run}${attempt}/`;
  return {
    ...code,
    config: `${here}config/`,
    train: `${here}train/`,
    validation: `${here}validation/`,
    preprocessing: `${here}preprocessing/`,
    test: `${here}held-out/test/`,
    meta: `${here}held-out/meta/`,
    trainOutput: `${here}model/`,
    checkpoints: `${run}checkpoints/`,
    transform: `${here}held-out/predictions/`,
    championTransform: `${here}held-out/champion-predictions/`,
  };
};

/** The context with which a run's first attempt begins. */
export const newContext = (
  run: RunRecord,
  spec: TrainingSpec,
  pinned: Pinned,
  at: { readonly bucket: string; readonly region: string },
): RunContext => {
  const { data } = pinned;
  return {
    runId: run.runId,
    attempt: run.attempt,
    model: run.model,
    resumeAt: 'ValidateData',
    data: {
      dataset: data.dataset,
      version: data.version,
      contentDigest: data.contentDigest,
      bucket: data.bucket,
      prefixUri: `s3://${data.bucket}/${data.prefix}`,
      objects: data.objects.map(({ key, versionId, name, sha256 }) => ({ key, versionId, name, sha256 })),
    },
    schema: spec.schema,
    ...(spec.privacy ? { privacy: spec.privacy } : {}),
    images: pinned.images,
    ...(pinned.source ? { source: pinned.source } : {}),
    names: namesOf(run.runId, run.attempt),
    uris: urisOf(at.bucket, run, {
      source: pinned.source?.uri.replace(/[^/]*$/, '') ?? '',
      split: pinned.split.prefixUri,
    }),
    hyperparameters: pinned.hyperparameters,
    servingEnvironment: servingEnvironmentOf(spec, at.region),
    ...(pinned.champion ? { champion: pinned.champion } : {}),
    ...(pinned.trained ? { trained: pinned.trained } : {}),
    contentType: spec.contentType,
    ...(spec.measures ? { measures: spec.measures } : {}),
  };
};

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What a recorded step handed on, back in the context. */
const handOn = (context: RunContext, output: unknown): RunContext => {
  if (!isPlain(output)) return context;
  const known = context as unknown as Record<string, unknown>;
  const back = Object.entries(output).map(([name, value]) => {
    const before = known[name];
    return [name, isPlain(before) && isPlain(value) ? { ...before, ...value } : value];
  });
  return { ...context, ...Object.fromEntries(back) };
};

/**
 * The step at which a run goes on: the first without a recorded success. A run without champion never compares with one,
 * and where a replay compares, others register.
 */
const resumeStep = (steps: readonly StepRecord[], context: RunContext): RunStep => {
  const done = new Set(steps.filter(({ status }) => status === 'SUCCEEDED').map(({ step }) => step));
  const open = RUN_STEPS.slice(1, -1).filter((step) => step !== 'TransformChampion' || context.champion);
  return open.find((step) => !done.has(step)) ?? 'Register';
};

/**
 * The context with which a later attempt goes on: what the plan fixed stays, jobs and files get names of the new
 * attempt, and what the recorded steps handed on is there again.
 */
export const resumedContext = (planned: RunContext, run: RunRecord, bucket: string): RunContext => {
  const { runId, attempt } = run;
  const fresh: RunContext = {
    ...planned,
    attempt,
    names: namesOf(runId, attempt),
    uris: urisOf(bucket, run, { source: planned.uris.source, split: planned.uris.split }),
  };
  const resumeAt = resumeStep(run.steps, fresh);
  const before = RUN_STEPS.slice(0, RUN_STEPS.indexOf(resumeAt)) as readonly string[];
  const done = run.steps.filter(({ status, step }) => status === 'SUCCEEDED' && before.includes(step));
  return done.reduce<RunContext>((context, { output }) => handOn(context, output), { ...fresh, resumeAt });
};
