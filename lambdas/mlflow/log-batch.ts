import { LIMIT } from '../../core/mlflow';
import { pointKey } from '../registry/store/mlflow-keys';
import { type Latest, RUN_NAME_TAG, type Run } from '../registry/store/mlflow-records';
import { invalid } from './errors';
import type { Records } from './http';
import type { Input } from './input';
import { logModelMetrics } from './logged-models';
import { changeRun, later, requireActiveRun } from './runs';
import { type KeyValue, type Metric, mapOf, metricOf, numberOf, shortPairOf } from './validate';

/** What one request logs to a run. */
export interface Batch {
  readonly metrics: readonly Metric[];
  readonly params: readonly KeyValue[];
  readonly tags: readonly KeyValue[];
}

/** MLflow takes requests of a million characters. */
export const MOST_BATCH_CHARACTERS = 1_000_000;

/** @throws MlflowError that names the entry that can't be logged */
export const batchOf = (input: Input): Batch => {
  const [metrics, params, tags] = [input.objects('metrics'), input.objects('params'), input.objects('tags')];
  refuseOver('metrics', metrics.length, LIMIT.metricsPerBatch);
  refuseOver('params', params.length, LIMIT.othersPerBatch);
  refuseOver('tags', tags.length, LIMIT.othersPerBatch);
  refuseOver('metrics, params, and tags', metrics.length + params.length + tags.length, LIMIT.entitiesPerBatch);
  const batch = {
    metrics: metrics.map((metric, i) => metricOf(metric, `metrics[${i}]`)),
    params: params.map((param, i) => shortPairOf(param, LIMIT.paramValue, `params[${i}]`)),
    tags: tags.map((tag, i) => shortPairOf(tag, LIMIT.tagValue, `tags[${i}]`)),
  };
  const twice = batch.params.filter(({ key }, i) => batch.params.findIndex((other) => other.key === key) < i);
  if (twice.length === 0) return batch;
  throw invalid(
    `Duplicate parameter keys have been submitted: ${twice.map(({ key }) => key).join(', ')}. One value a key.`,
  );
};

/**
 * Logs a batch. Repeating it changes nothing: a point is kept under its time, step and value, and the run's latest points,
 * parameters and tags become what they are. Points go first, so that a run shows no value that its history lacks.
 */
export const logBatch = async (context: Records, runId: string, batch: Batch): Promise<void> => {
  let written = false;
  await changeRun(context, runId, async (run, experiment) => {
    requireActiveRun(run, experiment);
    const params = addParams(run, batch.params);
    if (!written) {
      await context.store.putItems(pointsOf(runId, batch.metrics));
      written = true;
    }
    return withTags({ ...run, params, metrics: latestOf(run, batch.metrics) }, mapOf(batch.tags));
  });
  await logModelMetrics(context, runId, batch.metrics);
};

/** Tags over those that a run has; its name is one of them. */
export const withTags = (run: Run, tags: Readonly<Record<string, string>>): Run => ({
  ...run,
  tags: { ...run.tags, ...tags },
  ...(tags[RUN_NAME_TAG] ? { run_name: tags[RUN_NAME_TAG] } : {}),
});

function addParams({ run_id, params }: Run, more: readonly KeyValue[]): Run['params'] {
  const changed = more.filter(({ key, value }) => Object.hasOwn(params, key) && params[key] !== value);
  if (changed.length === 0) return { ...params, ...mapOf(more) };
  const list = changed.map(({ key, value }) => `'${key}' was '${params[key]}', not '${value}'`).join('; ');
  throw invalid(
    `Changing param values is not allowed. Of run ${run_id}, ${list}. Log it under another key, or in another run.`,
  );
}

function latestOf({ metrics }: Run, points: readonly Metric[]): Run['metrics'] {
  const latest: Record<string, Latest> = { ...metrics };
  for (const { key, ...point } of points) {
    latest[key] = later(Object.hasOwn(latest, key) ? latest[key] : undefined, point);
  }
  return latest;
}

/** Each point once: the service refuses a batch that names a key twice. */
function pointsOf(runId: string, metrics: readonly Metric[]) {
  const items = new Map<string, Record<string, unknown>>();
  for (const { key, value, timestamp, step } of metrics) {
    const itemKey = pointKey(runId, key, timestamp, step, numberOf(value));
    items.set(itemKey.SK, { ...itemKey, doc: JSON.stringify({ key, value, timestamp, step }) });
  }
  return [...items.values()];
}

function refuseOver(what: string, count: number, most: number): void {
  if (count <= most) return;
  throw invalid(
    `A batch logging request can contain at most ${most} ${what}. Got ${count}. Split them up and try again.`,
  );
}
