import { randomUUID } from 'node:crypto';
import type { Read } from '../../core/mlflow';
import type { Document, Draft } from '../registry/store/documents';
import { inverse, loggedModelKey, MLFLOW_LIST } from '../registry/store/mlflow-keys';
import { missing } from './errors';
import type { Records } from './http';
import { type Metric, numberOf, pairsOf } from './validate';

/** A model that a run made, before anybody registers it. */
export interface LoggedModel {
  readonly model_id: string;
  readonly experiment_id: string;
  readonly name: string;
  readonly artifact_uri: string;
  readonly creation_timestamp: number;
  readonly last_updated_timestamp: number;
  /** `LOGGED_MODEL_PENDING`, `LOGGED_MODEL_READY` or `LOGGED_MODEL_UPLOAD_FAILED`. */
  readonly status: string;
  readonly status_message?: string;
  readonly model_type?: string;
  readonly source_run_id?: string;
  readonly params: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly metrics: readonly (Metric & { readonly run_id: string })[];
  readonly deleted?: boolean;
}

export const newModelId = (): string => `m-${randomUUID().replaceAll('-', '')}`;

export const loggedModelDraft = (value: LoggedModel, revision: number): Draft<LoggedModel> => ({
  key: loggedModelKey(value.model_id),
  value,
  revision,
  lists: {
    GSI1: [MLFLOW_LIST.loggedModelsOf(value.experiment_id), `${inverse(value.creation_timestamp)}#${value.model_id}`],
  },
});

/** @param deleted also a deleted one */
export const loggedModelOf = async (context: Records, id: string, deleted = false): Promise<Document<LoggedModel>> => {
  const found = await context.store.get<LoggedModel>(loggedModelKey(id));
  if (found && (deleted || !found.value.deleted)) return found;
  throw missing(`Logged model with ID '${id.slice(0, 100)}' not found.`);
};

export const changeLoggedModel = (
  context: Records,
  id: string,
  alter: (model: LoggedModel) => LoggedModel,
): Promise<LoggedModel> =>
  context.store.again(async () => {
    const { value, revision } = await loggedModelOf(context, id, true);
    const after = alter(value);
    await context.store.save([loggedModelDraft(after, revision)]);
    return after;
  });

/** Metrics of a run that name a model are the model's too. A model that is unknown is no reason to lose them. */
export const logModelMetrics = async (context: Records, runId: string, metrics: readonly Metric[]): Promise<void> => {
  const ids = new Set(metrics.map(({ model_id }) => model_id).filter((id) => id !== undefined));
  for (const id of ids) {
    if (!(await context.store.get(loggedModelKey(id)))) continue;
    const more = metrics.filter(({ model_id }) => model_id === id).map((metric) => ({ ...metric, run_id: runId }));
    const told = new Set(more.map(pointId));
    await changeLoggedModel(context, id, (model) => ({
      ...model,
      metrics: [...model.metrics.filter((metric) => !told.has(pointId(metric))), ...more],
    }));
  }
};

const pointId = ({ key, timestamp, step, run_id }: LoggedModel['metrics'][number]): string =>
  JSON.stringify([key, timestamp, step, run_id]);

export const answeredModel = (model: LoggedModel) => ({
  info: {
    model_id: model.model_id,
    experiment_id: model.experiment_id,
    name: model.name,
    creation_timestamp_ms: model.creation_timestamp,
    last_updated_timestamp_ms: model.last_updated_timestamp,
    artifact_uri: model.artifact_uri,
    status: model.status,
    ...(model.status_message ? { status_message: model.status_message } : {}),
    model_type: model.model_type ?? '',
    source_run_id: model.source_run_id ?? '',
    tags: pairsOf(model.tags),
  },
  data: { params: pairsOf(model.params), metrics: model.metrics },
});

/** Which points of a metric count. */
export interface DatasetFilter {
  readonly dataset_name: string;
  readonly dataset_digest?: string;
}

/** Reads a model; of metrics the latest point, of those on the named datasets where some are named. */
export const readLoggedModel =
  (datasets: readonly DatasetFilter[] = []): Read<LoggedModel> =>
  (model, kind, key) => {
    switch (kind) {
      case 'metric':
        return [latestOn(model, key, datasets)];
      case 'parameter':
        return [Object.hasOwn(model.params, key) ? model.params[key] : undefined];
      case 'tag':
        return [Object.hasOwn(model.tags, key) ? model.tags[key] : undefined];
      default:
        return [
          key === 'status' ? model.status.replace('LOGGED_MODEL_', '') : model[key as 'name' | 'creation_timestamp'],
        ];
    }
  };

function latestOn({ metrics }: LoggedModel, key: string, datasets: readonly DatasetFilter[]): number | undefined {
  const points = metrics.filter((metric) => metric.key === key && isOn(metric, datasets));
  const latest = points.reduce<Metric | undefined>((a, b) => (a && a.timestamp > b.timestamp ? a : b), undefined);
  return latest && numberOf(latest.value);
}

export const isOn = (metric: Metric, datasets: readonly DatasetFilter[]): boolean =>
  datasets.length === 0 ||
  datasets.some(
    ({ dataset_name, dataset_digest }) =>
      metric.dataset_name === dataset_name && (!dataset_digest || metric.dataset_digest === dataset_digest),
  );
