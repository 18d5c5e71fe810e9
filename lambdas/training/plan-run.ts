import { randomBytes } from 'node:crypto';
import { type CostProjection, checkBudget, projectRunCost } from '../../core/costs';
import { hashKeyKey, PREFIX } from '../../lib/artifacts/contract';
import type { Actor, RunRecord } from '../../lib/registry/contract';
import type { PlanRunInput, RunContext, RunImages, RunPlan, TrainingSpec } from '../../lib/training/contract';
import type { TrackingStore } from '../registry/store/tracking';
import type { Registry } from '../registry/store/types';
import { actingFor } from '../shared/actor';
import { NotFound } from '../shared/errors';
import { parseS3Uri } from '../shared/s3.client';
import { RunFailed, RunRejected, RunStopped } from './errors';
import { mergeHyperparameters, newContext, type Pinned, resumedContext } from './plan-context';
import { checkObjects, findData } from './plan-data';
import type { PlanObjects } from './plan-objects';
import { pinSource, pinSplitScript } from './plan-source';
import { recordedStep } from './recorded-step';
import { replayPlan } from './replay-plan';

export interface PlanRunDependencies {
  readonly registry: Pick<
    Registry,
    'getRun' | 'startRun' | 'setPlan' | 'recordStep' | 'getDatasetVersion' | 'getAlias' | 'getVersion'
  >;
  readonly objects: PlanObjects;
  /** Opens the run in MLflow. */
  readonly trackRun: TrackingStore['trackRun'];
  readonly pinImage: (uri: string) => Promise<string>;
  readonly bucket: string;
  readonly region: string;
}

/**
 * Fixes by digest everything that a run uses, and refuses what would cost too much. A plan that is there already stays:
 * a later attempt trains on the same data, code and images, and goes on where the one before it ended.
 */
export const planRun = async (input: PlanRunInput, dependencies: PlanRunDependencies): Promise<RunContext> => {
  const { runId, attempt, executionArn, spec } = input;
  const { registry, bucket } = dependencies;
  const run = await requireRun(registry, runId);
  if (run.stopRequestedBy) throw new RunStopped(`${run.stopRequestedBy.id} asked for the run to stop before it began.`);
  const actor = actingFor(run.requestedBy, executionArn, 'execution');
  await registry.startRun(runId, attempt, executionArn, actor);
  return recordedStep(
    registry,
    input,
    'PlanRun',
    () => ({}),
    async () => {
      const planned = run.plan as RunPlan | undefined;
      const made = planned ? resumedPlan(planned, run, bucket) : await firstPlan(run, spec, dependencies);
      const plan = await tracked(made, run, actor, spec, dependencies);
      const { data, source, images, mlflow } = plan.context;
      await checkData(plan.context, dependencies);
      await writeConfig(plan, dependencies.objects);
      const dataset = { name: data.dataset, version: data.version };
      await registry.setPlan(runId, attempt, plan, {
        dataset,
        images: Object.values(images),
        ...(source ? { sourceSha256: source.sha256 } : {}),
        ...(mlflow ? { mlflowRun: mlflow.runId } : {}),
      });
      return plan.context;
    },
  );
};

const requireRun = async (registry: Pick<Registry, 'getRun'>, runId: string): Promise<RunRecord> => {
  const run = await registry.getRun(runId);
  if (run) return run;
  throw new NotFound(`The registry has no run '${runId}'. Ask for runs through the registry, not by execution.`);
};

const resumedPlan = (plan: RunPlan, run: RunRecord, bucket: string): RunPlan => ({
  ...plan,
  context: resumedContext(plan.context, run, bucket),
});

/** Where the trainer logs to MLflow, its run is there before the job is; an import trains nothing. */
const tracked = async (
  plan: RunPlan,
  run: RunRecord,
  actor: Actor,
  { mlflow }: TrainingSpec,
  { trackRun }: PlanRunDependencies,
): Promise<RunPlan> => {
  if (!mlflow || plan.context.trained) return plan;
  return { ...plan, context: { ...plan.context, mlflow: await trackRun({ run, actor, ...mlflow }) } };
};

/** A replay takes its plan from the run that it repeats. */
const firstPlan = (run: RunRecord, spec: TrainingSpec, dependencies: PlanRunDependencies): Promise<RunPlan> =>
  run.request.replayOf === undefined
    ? newPlan(run, spec, dependencies)
    : replayPlan(run, spec, affordable(spec), dependencies);

const newPlan = async (run: RunRecord, spec: TrainingSpec, dependencies: PlanRunDependencies): Promise<RunPlan> => {
  const { registry, objects, bucket, region } = dependencies;
  const cost = affordable(spec);
  const hyperparameters = mergeHyperparameters(spec, run.request.parameters, region);
  const data = await findData(registry, run, spec);
  const [source, split, images, champion, trained] = await Promise.all([
    pinSource(run, spec, bucket, objects),
    pinSplitScript(spec, bucket, objects),
    pinImages(spec.images, dependencies),
    findChampion(registry, spec.model),
    findImport(run, bucket, objects),
    makeHashKey(spec, bucket, objects),
  ]);
  const pinned: Pinned = {
    data,
    split,
    images,
    hyperparameters,
    ...(source && { source }),
    ...(champion && { champion }),
    ...(trained && { trained }),
  };
  const context = newContext(run, spec, pinned, { bucket, region });
  return {
    context,
    cost,
    split: splitConfig(spec),
    splitSha256: split.sha256,
    jobs: spec.jobs,
    ...(spec.prices ? { prices: spec.prices } : {}),
  };
};

/** @throws RunRejected with the projection's numbers. */
const affordable = ({ jobs, prices, maxCostUsd }: TrainingSpec): RunPlan['cost'] => {
  const projection: CostProjection = projectRunCost(
    [
      { what: 'processing', ...jobs.processing },
      ...(jobs.training ? [{ what: 'training', ...jobs.training }] : []),
      { what: 'transform', ...jobs.transform },
      { what: 'transform by the champion', ...jobs.transform },
    ],
    prices,
  );
  const verdict = checkBudget(projection, maxCostUsd);
  if (!verdict.passed || verdict.usd === undefined) throw new RunRejected(verdict.sentence);
  return { usd: verdict.usd, capUsd: verdict.capUsd };
};

const pinImages = async (images: RunImages, { pinImage }: PlanRunDependencies): Promise<RunImages> => {
  const { processing, training, serving } = images;
  const pin = async (uri: string): Promise<string> => {
    try {
      return await pinImage(uri);
    } catch (cause) {
      if (cause instanceof NotFound) throw new RunFailed(cause.message, { cause });
      throw cause;
    }
  };
  const [pinnedProcessing, pinnedServing] = await Promise.all([pin(processing), pin(serving)]);
  const pinnedTraining = training === undefined ? {} : { training: await pin(training) };
  return { processing: pinnedProcessing, serving: pinnedServing, ...pinnedTraining };
};

const findChampion = async (
  registry: Pick<Registry, 'getAlias' | 'getVersion'>,
  model: string,
): Promise<RunContext['champion']> => {
  const alias = await registry.getAlias(model, 'champion');
  const version = alias && (await registry.getVersion(model, alias.version));
  if (!version) return undefined;
  return {
    version: version.version,
    archiveUri: version.archive.uri,
    image: version.image,
    environment: version.environment,
  };
};

/** The archive of a model that was trained elsewhere; absent where a run trains. */
const findImport = async (
  { request, model }: RunRecord,
  bucket: string,
  objects: PlanObjects,
): Promise<RunContext['trained']> => {
  if (!request.archive) return undefined;
  const { key } = request.archive;
  const archiveUri = `s3://${bucket}/${key}`;
  if (!key.startsWith(`${PREFIX.imports}${model}/`)) {
    throw new RunRejected(`A model to import lies below ${PREFIX.imports}${model}/, received '${key}'.`);
  }
  if (await objects.head(bucket, key)) return { archiveUri };
  throw new RunFailed(`There is no archive at ${archiveUri}. Upload it with the command: mlops models import.`);
};

/** Jobs of this attempt read the current objects: until they are preprocessed, those must be the recorded ones. */
const checkData = async (context: RunContext, { registry, objects }: PlanRunDependencies): Promise<void> => {
  if (context.resumeAt !== 'ValidateData' && context.resumeAt !== 'Preprocess') return;
  const { dataset, version } = context.data;
  const data = await registry.getDatasetVersion(dataset, version);
  if (!data) throw new RunFailed(`Version ${version} of the dataset '${dataset}' is no longer in the registry.`);
  await checkObjects(data, objects);
};

/** What the split script reads: job arguments and environments are too small for the schema of a wide table. */
const writeConfig = async ({ context, split }: RunPlan, objects: PlanObjects): Promise<void> => {
  const { bucket, key } = parseS3Uri(context.uris.config);
  const files = context.data.objects.map(({ name, sha256 }) => ({ name, sha256 }));
  await objects.put(bucket, `${key}config.json`, Buffer.from(JSON.stringify({ ...split, files }, null, 2)));
};

const splitConfig = (spec: TrainingSpec): RunPlan['split'] => ({
  schema: spec.schema,
  testShare: spec.testShare,
  validationShare: spec.validationShare,
  seed: spec.seed,
  header: spec.header,
  ...(spec.preprocessingEntry ? { entry: spec.preprocessingEntry } : {}),
  ...(spec.privacy ? { privacy: spec.privacy.columns } : {}),
  ...(spec.explain ? { explain: spec.explain } : {}),
});

/** The key by which columns are hashed: random, made once, and read by the split's job alone. */
const makeHashKey = async ({ model, privacy }: TrainingSpec, bucket: string, objects: PlanObjects): Promise<void> => {
  if (!Object.values(privacy?.columns ?? {}).includes('hash')) return;
  await objects.putOnce(bucket, hashKeyKey(model), randomBytes(32));
};
