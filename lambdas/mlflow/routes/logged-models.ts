import { LIMIT, LOGGED_MODELS, matches, type Order, parseFilter, parseOrders } from '../../../core/mlflow';
import { MLFLOW_LIST } from '../../registry/store/mlflow-keys';
import { invalid, missing } from '../errors';
import { activeExperiment } from '../experiments';
import { type Route, route } from '../http';
import type { Input } from '../input';
import {
  answeredModel,
  changeLoggedModel,
  type DatasetFilter,
  isOn,
  type LoggedModel,
  loggedModelDraft,
  loggedModelOf,
  newModelId,
  readLoggedModel,
} from '../logged-models';
import { randomName } from '../run-names';
import { parsed, search } from '../search';
import { mapOf, pairOf } from '../validate';

const MOST = 1_000;
const tagsOf = (input: Input) =>
  mapOf(input.objects('tags').map((tag, i) => pairOf(tag, LIMIT.tagValue, `tags[${i}]`)));
const paramsOf = (input: Input) =>
  mapOf(input.objects('params').map((param, i) => pairOf(param, LIMIT.paramValue, `params[${i}]`)));

const create: Route['act'] = async (input, context) => {
  const { value: experiment } = await activeExperiment(context, input.optionalText('experiment_id') || '0');
  const name = input.optionalText('name');
  if (name && /[/:.%"']/.test(name))
    throw invalid(`Invalid model name '${name.slice(0, 100)}': it must not hold / : . % " or '.`);
  const model_id = newModelId();
  const now = context.store.now();
  const model: LoggedModel = {
    model_id,
    experiment_id: experiment.experiment_id,
    name: name || randomName(),
    artifact_uri: `${experiment.artifact_location}/models/${model_id}/artifacts`,
    creation_timestamp: now,
    last_updated_timestamp: now,
    status: 'LOGGED_MODEL_PENDING',
    model_type: input.optionalText('model_type'),
    source_run_id: input.optionalText('source_run_id'),
    params: paramsOf(input),
    tags: tagsOf(input),
    metrics: [],
  };
  await context.store.save([loggedModelDraft(model, 0)]);
  return { model: answeredModel(model) };
};

const find: Route['act'] = async (input, context) => {
  const clauses = parsed(() => parseFilter(input.optionalText('filter'), LOGGED_MODELS));
  const datasets = input.objects('datasets').map((dataset) => ({
    dataset_name: dataset.text('dataset_name'),
    dataset_digest: dataset.optionalText('dataset_digest'),
  }));
  const orders = input.objects('order_by').map(orderOf);
  const measured = datasets.length > 0 && !clauses.some(({ kind }) => kind === 'metric');
  const read = readLoggedModel(datasets);
  const { items, token } = await search<LoggedModel>({
    store: context.store,
    ranges: input.texts('experiment_ids').map((id) => ({ index: 'GSI1', pk: MLFLOW_LIST.loggedModelsOf(id) })),
    accept: (model) =>
      !model.deleted &&
      (!measured || model.metrics.some((metric) => isOn(metric, datasets))) &&
      matches(model, clauses, read),
    orders: [...orders.map(({ order }) => order), ...TIES],
    read: (model, kind, key) => orderedBy(orders, kind, key)(model, kind, key),
    limit: input.limit('max_results', 50, MOST),
    token: input.optionalText('page_token') || undefined,
  });
  return { models: items.map(answeredModel), ...(token ? { next_page_token: token } : {}) };
};

const TIES: readonly Order[] = [
  { kind: 'attribute', key: 'creation_timestamp', ascending: false },
  { kind: 'attribute', key: 'model_id', ascending: true },
];

interface ModelOrder {
  readonly order: Order;
  readonly datasets: readonly DatasetFilter[];
}

function orderOf(input: Input): ModelOrder {
  const name = input.text('field_name');
  const ascending = !input.has('ascending') || input.flag('ascending');
  const [order] = parsed(() => parseOrders([`${quoted(name)} ${ascending ? 'ASC' : 'DESC'}`], LOGGED_MODELS));
  if (order!.kind !== 'attribute' && order!.kind !== 'metric') {
    throw invalid(`Invalid order by field name: ${name}, only attributes and metrics.<name> are allowed.`);
  }
  const [dataset_name, dataset_digest] = [input.optionalText('dataset_name'), input.optionalText('dataset_digest')];
  if (dataset_digest && !dataset_name) throw invalid("'dataset_digest' can only be given with 'dataset_name'.");
  return { order: order!, datasets: dataset_name ? [{ dataset_name, dataset_digest }] : [] };
}

/** Names of metrics come as they are, spaces included. */
const quoted = (name: string): string => name.replace(/^metrics\.([^`]+)$/, 'metrics.`$1`');

const orderedBy = (orders: readonly ModelOrder[], kind: string, key: string) =>
  readLoggedModel(orders.find(({ order }) => order.kind === kind && order.key === key)?.datasets ?? []);

const touch = (context: Parameters<Route['act']>[1]) => ({ last_updated_timestamp: context.store.now() });

export const loggedModelRoutes: readonly Route[] = [
  route('POST', '/mlflow/logged-models', create),
  route('POST', '/mlflow/logged-models/search', find),
  route('GET', '/mlflow/logged-models/{id}', async (input, context, { id }) => ({
    model: answeredModel((await loggedModelOf(context, id!, input.flag('allow_deleted'))).value),
  })),
  route('PATCH', '/mlflow/logged-models/{id}', async (input, context, { id }) => {
    const status = input.text('status');
    if (!/^LOGGED_MODEL_(PENDING|READY|UPLOAD_FAILED)$/.test(status)) {
      throw invalid(`Invalid value '${status.slice(0, 100)}' for parameter 'status' supplied.`);
    }
    return {
      model: answeredModel(await changeLoggedModel(context, id!, (model) => ({ ...model, status, ...touch(context) }))),
    };
  }),
  route('DELETE', '/mlflow/logged-models/{id}', async (_, context, { id }) => {
    await changeLoggedModel(context, id!, (model) => ({ ...model, deleted: true, ...touch(context) }));
    return {};
  }),
  route('PATCH', '/mlflow/logged-models/{id}/tags', async (input, context, { id }) => {
    const tags = tagsOf(input);
    const model = await changeLoggedModel(context, id!, (before) => ({ ...before, tags: { ...before.tags, ...tags } }));
    return { model: answeredModel(model) };
  }),
  route('DELETE', '/mlflow/logged-models/{id}/tags/{key+}', async (_, context, { id, key }) => {
    await changeLoggedModel(context, id!, (model) => {
      const { [key!]: gone, ...tags } = model.tags;
      if (gone === undefined) throw missing(`No tag with key '${key}' found for model with ID '${id}'.`);
      return { ...model, tags };
    });
    return {};
  }),
  route('POST', '/mlflow/logged-models/{id}/params', async (input, context, { id }) => {
    const params = paramsOf(input);
    await changeLoggedModel(context, id!, (model) => ({ ...model, params: { ...model.params, ...params } }));
    return {};
  }),
];
