import {
  aliasProblem,
  LIMIT,
  matches,
  parseFilter,
  parseOrders,
  REGISTERED_MODELS,
  shortened,
} from '../../../core/mlflow';
import { CHANGE } from '../../../lib/registry/contract';
import {
  MLFLOW_LIST,
  registeredIdKey,
  registeredModelKey,
  registeredVersionKey,
} from '../../registry/store/mlflow-keys';
import { ConditionFailed } from '../../registry/store/table';
import { exists, invalid } from '../errors';
import { type Context, type Route, route } from '../http';
import type { Input } from '../input';
import { withoutPrompts } from '../prompts';
import {
  aliasesOf,
  answeredModels,
  answeredVersion,
  checkModelName,
  idDraft,
  type ModelVersion,
  modelDraft,
  newModel,
  noVersion,
  openVersion,
  type RegisteredModel,
  readModel,
  registeredModel,
  STAGES,
  stageNamed,
  told,
  versionNumber,
} from '../registered';
import { parsed, search } from '../search';
import { checkKey, mapOf, pairOf } from '../validate';

const MOST = 1_000;
const taken = (name: string) => exists(`Registered Model (name=${name}) already exists.`);

const create: Route['act'] = async (input, context) => {
  const name = checkModelName(input.optionalText('name'));
  const tags = mapOf(input.objects('tags').map((tag, i) => pairOf(tag, LIMIT.registryTagValue, `tags[${i}]`)));
  const before = await context.store.get<RegisteredModel>(registeredModelKey(name));
  if (before && !before.value.gone) throw taken(name);
  const model = newModel(name, context.store.now(), { tags, description: input.optionalText('description') });
  try {
    await context.store.save(
      [modelDraft(model, before?.revision ?? 0), idDraft(model.id, name, 0)],
      told(context, CHANGE.mlflowModelChanged, name, 'CREATED', { after: model }),
    );
  } catch (error) {
    if (error instanceof ConditionFailed) throw taken(name);
    throw error;
  }
  return { registered_model: (await answeredModels(context, [model]))[0] };
};

/** Reads, changes and writes a model, with the change that tells of it. */
const change = (
  context: Context,
  name: string,
  what: string,
  alter: (model: RegisteredModel) => RegisteredModel,
): Promise<RegisteredModel> =>
  context.store.again(async () => {
    const { value, revision } = await registeredModel(context, name);
    const after = alter(value);
    if (after === value) return value;
    const states = { before: value, after };
    await context.store.save(
      [modelDraft(after, revision)],
      told(context, CHANGE.mlflowModelChanged, name, what, states),
    );
    return after;
  });

const rename: Route['act'] = (input, context) =>
  context.store.again(async () => {
    const { value, revision } = await registeredModel(context, input.text('name'));
    const name = checkModelName(input.optionalText('new_name'), 'new_name');
    const [place, id] = await context.store.getAll<RegisteredModel>([
      registeredModelKey(name),
      registeredIdKey(value.id),
    ]);
    if (name === value.name || (place && !place.value.gone)) throw taken(name);
    const now = context.store.now();
    const after = { ...value, name, last_updated_timestamp: now, renamed_at: now };
    await context.store.save(
      [
        modelDraft({ ...value, gone: true }, revision),
        modelDraft(after, place?.revision ?? 0),
        idDraft(value.id, name, id?.revision ?? 0),
      ],
      // Of either name there is a chain of changes: the one ends with it, the other goes on from it.
      told(context, CHANGE.mlflowModelChanged, value.name, `RENAMED to ${name}`, { before: value, after }),
      told(context, CHANGE.mlflowModelChanged, name, `RENAMED from ${value.name}`, { before: value, after }),
    );
    return { registered_model: (await answeredModels(context, [after]))[0] };
  });

const find: Route['act'] = async (input, context) => {
  const all = parsed(() => parseFilter(input.optionalText('filter'), REGISTERED_MODELS));
  const { clauses, hides } = withoutPrompts(all);
  const named = parsed(() => parseOrders(input.texts('order_by'), REGISTERED_MODELS));
  const tie = { kind: 'attribute', key: 'name', ascending: true } as const;
  const { items, token } = await search<RegisteredModel>({
    store: context.store,
    ranges: [{ index: 'GSI1', pk: MLFLOW_LIST.registeredModels }],
    accept: (model) => !hides(model.tags) && matches(model, clauses, readModel),
    orders: named.length === 0 ? undefined : [...named, tie],
    read: readModel,
    limit: input.limit('max_results', 100, MOST),
    token: input.optionalText('page_token') || undefined,
  });
  return { registered_models: await answeredModels(context, items), ...(token ? { next_page_token: token } : {}) };
};

const latestVersions: Route['act'] = async (input, context) => {
  const { value: model } = await registeredModel(context, input.text('name'));
  const asked = input.texts('stages').map(stageNamed);
  const stages = asked.length > 0 ? asked : STAGES;
  const numbers = stages.flatMap((stage) => model.latest[stage] ?? []);
  const documents = await context.store.getAll<ModelVersion>(
    numbers.map((number) => registeredVersionKey(model.id, number)),
  );
  const versions = documents.flatMap((document) => (document ? [document.value] : []));
  return { model_versions: versions.map((one) => answeredVersion(one, model, aliasesOf(model, one.version))) };
};

const checkedAlias = (input: Input): string => {
  const alias = input.optionalText('alias');
  if (!alias) throw invalid('Registered model alias name cannot be empty.');
  const problem = aliasProblem(alias);
  if (problem) throw invalid(`Invalid alias name: '${shortened(alias)}': it ${problem}.`);
  return alias;
};

const setAlias: Route['act'] = async (input, context) => {
  const [name, alias, version] = [input.text('name'), checkedAlias(input), versionNumber(input.text('version'))];
  await context.store.again(async () => {
    const { model } = await openVersion(context, name, version);
    if (model.value.aliases[alias] === version) return;
    const after = { ...model.value, aliases: { ...model.value.aliases, [alias]: version } };
    const states = { before: { version: model.value.aliases[alias] }, after: { version } };
    await context.store.save(
      [modelDraft(after, model.revision)],
      told(context, CHANGE.mlflowAliasChanged, name, 'SET', states, { alias, version }),
    );
  });
  return {};
};

const removeAlias: Route['act'] = async (input, context) => {
  const [name, alias] = [input.text('name'), input.text('alias')];
  await context.store.again(async () => {
    const { value, revision } = await registeredModel(context, name);
    const { [alias]: version, ...aliases } = value.aliases;
    if (version === undefined) return;
    await context.store.save(
      [modelDraft({ ...value, aliases }, revision)],
      told(context, CHANGE.mlflowAliasChanged, name, 'DELETED', { before: { version }, after: {} }, { alias, version }),
    );
  });
  return {};
};

const byAlias: Route['act'] = async (input, context) => {
  const { value: model } = await registeredModel(context, input.text('name'));
  const alias = input.text('alias');
  const number = Object.hasOwn(model.aliases, alias)
    ? model.aliases[alias]
    : alias.toLowerCase() === 'latest'
      ? model.last_version
      : undefined;
  if (!number) throw invalid(`Registered model alias ${shortened(alias)} not found.`);
  const version = await context.store.get<ModelVersion>(registeredVersionKey(model.id, number));
  if (!version || version.value.deleted) throw noVersion(model.name, number);
  return { model_version: answeredVersion(version.value, model, aliasesOf(model, number)) };
};

export const registeredModelRoutes: readonly Route[] = [
  route('POST', '/mlflow/registered-models/create', create),
  route('GET', '/mlflow/registered-models/get', async (input, context) => {
    const { value } = await registeredModel(context, input.text('name'));
    return { registered_model: (await answeredModels(context, [value]))[0] };
  }),
  route('POST', '/mlflow/registered-models/rename', rename),
  route('PATCH', '/mlflow/registered-models/update', async (input, context) => {
    const description = input.optionalText('description');
    const after = await change(context, input.text('name'), 'DESCRIBED', (model) => ({
      ...model,
      description,
      last_updated_timestamp: context.store.now(),
    }));
    return { registered_model: (await answeredModels(context, [after]))[0] };
  }),
  route('DELETE', '/mlflow/registered-models/delete', async (input, context) => {
    await change(context, input.text('name'), 'DELETED', (model) => ({ ...model, gone: true }));
    return {};
  }),
  ...(['GET', 'POST'] as const).map((method) => route(method, '/mlflow/registered-models/search', find)),
  ...(['GET', 'POST'] as const).map((method) =>
    route(method, '/mlflow/registered-models/get-latest-versions', latestVersions),
  ),
  route('POST', '/mlflow/registered-models/set-tag', async (input, context) => {
    const { key, value } = pairOf(input, LIMIT.registryTagValue, 'tag');
    await change(context, input.text('name'), `TAGGED ${key}`, (model) =>
      model.tags[key] === value ? model : { ...model, tags: { ...model.tags, [key]: value } },
    );
    return {};
  }),
  route('DELETE', '/mlflow/registered-models/delete-tag', async (input, context) => {
    const key = input.text('key');
    checkKey(key, 'tag');
    await change(context, input.text('name'), `UNTAGGED ${key}`, (model) => {
      const { [key]: gone, ...tags } = model.tags;
      return gone === undefined ? model : { ...model, tags };
    });
    return {};
  }),
  route('POST', '/mlflow/registered-models/alias', setAlias),
  route('DELETE', '/mlflow/registered-models/alias', removeAlias),
  route('GET', '/mlflow/registered-models/alias', byAlias),
];
