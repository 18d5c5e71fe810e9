import { randomBytes } from 'node:crypto';
import type { Read } from '../../core/mlflow';
import type { Document } from '../registry/store/documents';
import { experimentKey, mlflowRunKey } from '../registry/store/mlflow-keys';
import { type Experiment, type Latest, OUR_TAG, type Run, runDraft } from '../registry/store/mlflow-records';
import { invalid, missing } from './errors';
import { experimentOf } from './experiments';
import type { Records } from './http';
import { type Double, numberOf, pairsOf } from './validate';

const EXPERIMENT_DIGITS = 15;

/**
 * 32 hexadecimal digits as MLflow's own; the first 15 are the experiment's id, so that a run and its experiment are read
 * at once. A third of them is chance, 68 bits.
 */
export const newRunId = (experimentId: string): string =>
  BigInt(experimentId).toString(16).padStart(EXPERIMENT_DIGITS, '0') + randomBytes(9).toString('hex').slice(1);

const experimentIdIn = (runId: string): string | undefined =>
  /^[0-9a-f]{32}$/.test(runId) ? BigInt(`0x${runId.slice(0, EXPERIMENT_DIGITS)}`).toString() : undefined;

/** A run with its experiment. */
export interface Opened {
  readonly run: Document<Run>;
  readonly experiment: Experiment;
}

/** The run, also a deleted one. */
export const openRun = async (context: Records, runId: string): Promise<Opened> => {
  if (!/^[a-zA-Z0-9][\w-]{0,255}$/.test(runId))
    throw invalid(`Invalid value ${JSON.stringify(runId.slice(0, 100))} for parameter 'run_id' supplied.`);
  const guess = experimentIdIn(runId);
  const keys = [mlflowRunKey(runId), ...(guess === undefined ? [] : [experimentKey(guess)])];
  const [run, experiment] = (await context.store.getAll(keys)) as [Document<Run>?, Document<Experiment>?];
  if (!run) throw missing(`Run with id=${runId} not found`);
  return { run, experiment: experiment?.value ?? (await experimentOf(context, run.value.experiment_id)).value };
};

/** A deleted experiment takes its runs with it; its restoring brings back all that were deleted before. */
export const stageOf = (run: Run, { lifecycle_stage, restored_at = 0 }: Experiment): 'active' | 'deleted' =>
  lifecycle_stage === 'deleted' || (run.deleted_at !== undefined && run.deleted_at > restored_at)
    ? 'deleted'
    : 'active';

/** @throws MlflowError for a deleted run, which takes nothing more */
export const requireActiveRun = (run: Run, experiment: Experiment): void => {
  if (stageOf(run, experiment) === 'active') return;
  throw invalid(`The run ${run.run_id} must be in the 'active' state. Current state is deleted.`);
};

/** Reads, changes and writes a run, again where others wrote meanwhile. `alter` gives undefined where nothing changes. */
export const changeRun = (
  context: Records,
  runId: string,
  alter: (run: Run, experiment: Experiment) => Run | undefined | Promise<Run | undefined>,
): Promise<Run> =>
  context.store.again(async () => {
    const { run, experiment } = await openRun(context, runId);
    const after = await alter(run.value, experiment);
    if (after === undefined) return run.value;
    await context.store.save([runDraft(signed(after, context), run.revision)]);
    return after;
  });

/** A pipeline's run says who wrote it last: the verified identity, for a job its role's, whatever the request names. */
const signed = (run: Run, { actor }: Records): Run =>
  run.pipeline ? { ...run, tags: { ...run.tags, [OUR_TAG.lastWriter]: actor.id } } : run;

/** The same, of a run that must be active. */
export const changeActiveRun = (
  context: Records,
  runId: string,
  alter: (run: Run) => Run | undefined | Promise<Run | undefined>,
): Promise<Run> =>
  changeRun(context, runId, (run, experiment) => {
    requireActiveRun(run, experiment);
    return alter(run);
  });

export const infoOf = (run: Run, experiment: Experiment) => ({
  run_id: run.run_id,
  run_uuid: run.run_id,
  run_name: run.run_name,
  experiment_id: run.experiment_id,
  user_id: run.user_id ?? '',
  status: run.status,
  start_time: run.start_time,
  ...(run.end_time === undefined ? {} : { end_time: run.end_time }),
  artifact_uri: run.artifact_uri,
  lifecycle_stage: stageOf(run, experiment),
});

export const answeredRun = (run: Run, experiment: Experiment) => ({
  info: infoOf(run, experiment),
  data: {
    metrics: Object.entries(run.metrics).map(([key, latest]) => ({ key, ...latest })),
    params: pairsOf(run.params),
    tags: pairsOf(run.tags),
  },
  inputs: {
    dataset_inputs: run.datasets,
    model_inputs: run.model_inputs.map((model_id) => ({ model_id })),
  },
  outputs: { model_outputs: run.model_outputs },
});

/** The later point of a metric: by step, then time, then value; NaN is below every number. */
export const later = (a: Latest | undefined, b: Latest): Latest => {
  if (a === undefined) return b;
  const value = (one: Double): number => (one === 'NaN' ? Number.NEGATIVE_INFINITY : one);
  const order = a.step - b.step || a.timestamp - b.timestamp || value(a.value) - value(b.value);
  return order > 0 ? a : b;
};

export const readRun: Read<Run> = (run, kind, key) => {
  switch (kind) {
    case 'metric':
      return [Object.hasOwn(run.metrics, key) ? numberOf(run.metrics[key]!.value) : undefined];
    case 'parameter':
      return [Object.hasOwn(run.params, key) ? run.params[key] : undefined];
    case 'tag':
      return [Object.hasOwn(run.tags, key) ? run.tags[key] : undefined];
    case 'dataset':
      return run.datasets.flatMap(({ dataset, tags }) =>
        key === 'context'
          ? tags.filter((tag) => tag.key === 'mlflow.data.context').map(({ value }) => value)
          : [dataset[key as 'name' | 'digest']],
      );
    default:
      return [run[key as 'run_id' | 'start_time']];
  }
};
