import {
  type Clause,
  comparing,
  MODEL_VERSIONS,
  matches,
  type Order,
  parseFilter,
  parseOrders,
  type Read,
} from '../../core/mlflow';
import type { DocumentStore } from '../registry/store/documents';
import { MLFLOW_LIST, registeredIdKey, registeredModelKey, registeredVersionKey } from '../registry/store/mlflow-keys';
import type { Context, Route } from './http';
import { withoutPrompts } from './prompts';
import { answeredVersion, type ModelVersion, type RegisteredModel } from './registered';
import { everyOf, parsed, search } from './search';

const MOST = 200_000;
/** More than this an answer never holds; its token goes on. */
const MOST_A_PAGE = 10_000;
const NATURAL = ['last_updated_timestamp DESC', 'name ASC', 'version_number DESC'];

/** Names of models by their ids, read as versions come by. */
class Names {
  private readonly known = new Map<string, string | undefined>();

  constructor(private readonly store: DocumentStore) {}

  of(id: string): string | undefined {
    return this.known.get(id);
  }

  know(id: string, name: string): void {
    this.known.set(id, name);
  }

  /** Of a model that was deleted there is none. */
  async learn(ids: Iterable<string>): Promise<void> {
    const open = [...new Set(ids)].filter((id) => !this.known.has(id));
    if (open.length === 0) return;
    const places = await this.store.getAll<{ name: string }>(open.map(registeredIdKey));
    const models = await this.store.getAll<RegisteredModel>(
      places.flatMap((place) => (place ? [registeredModelKey(place.value.name)] : [])),
    );
    const live = new Map(
      models.flatMap((model) => (model && !model.value.gone ? [[model.value.id, model.value.name]] : [])),
    );
    for (const id of open) this.known.set(id, live.get(id));
  }
}

export const findVersions: Route['act'] = async (input, context) => {
  const { clauses, hides } = withoutPrompts(parsed(() => parseFilter(input.optionalText('filter'), MODEL_VERSIONS)));
  const asked = input.texts('order_by');
  const natural = asked.length === 0 || asked.join() === NATURAL.join();
  const orders = parsed(() => parseOrders(natural ? NATURAL : asked, MODEL_VERSIONS));
  const limit = Math.min(input.limit('max_results', MOST_A_PAGE, MOST), MOST_A_PAGE);
  const names = new Names(context.store);
  const read = readVersion(names);
  const accept = (version: ModelVersion): boolean =>
    !version.deleted && names.of(version.id) !== undefined && !hides(version.tags) && matches(version, clauses, read);
  const run = equalTo(clauses, 'run_id');
  if (run !== undefined) {
    const versions = await versionsOfRun(context, run);
    await names.learn(versions.map(({ id }) => id));
    const found = versions.filter(accept).sort(comparing(withTies(orders), read));
    return { model_versions: found.slice(0, limit).map((version) => answered(version, names)) };
  }
  const range = await rangeOf(context, equalTo(clauses, 'name'), names);
  if (!range) return {};
  const { items, token } = await search<ModelVersion>({
    store: context.store,
    ranges: [range],
    prepare: (versions) => names.learn(versions.map(({ id }) => id)),
    accept,
    orders: natural ? undefined : withTies(orders),
    read,
    limit,
    token: input.optionalText('page_token') || undefined,
  });
  return {
    model_versions: items.map((version) => answered(version, names)),
    ...(token ? { next_page_token: token } : {}),
  };
};

const answered = (version: ModelVersion, names: Names) => answeredVersion(version, { name: names.of(version.id)! });

/** What a filter says that an attribute is. */
const equalTo = (clauses: readonly Clause[], attribute: string): string | undefined => {
  const clause = clauses.find(
    ({ kind, key, comparator }) => kind === 'attribute' && key === attribute && comparator === '=',
  );
  return clause?.value as string | undefined;
};

/** The list of one model's versions, or of all; undefined where there is no such model. */
async function rangeOf(context: Context, name: string | undefined, names: Names) {
  if (name === undefined) return { index: 'GSI2' as const, pk: MLFLOW_LIST.versions };
  const model = await context.store.get<RegisteredModel>(registeredModelKey(name));
  if (!model || model.value.gone) return undefined;
  names.know(model.value.id, name);
  return { index: 'GSI1' as const, pk: MLFLOW_LIST.versionsOf(model.value.id) };
}

async function versionsOfRun({ store }: Context, run: string): Promise<ModelVersion[]> {
  const places: { id: string; version: number }[] = [];
  for await (const { value } of everyOf<{ id: string; version: number }>(store, {
    pk: MLFLOW_LIST.versionsOfRun(run),
  })) {
    places.push(value);
  }
  const documents = await store.getAll<ModelVersion>(
    places.map(({ id, version }) => registeredVersionKey(id, version)),
  );
  return documents.flatMap((document) => (document ? [document.value] : []));
}

function withTies(orders: readonly Order[]): readonly Order[] {
  const ties = [
    { kind: 'attribute', key: 'name', ascending: true },
    { kind: 'attribute', key: 'version_number', ascending: false },
  ] as const;
  return [...orders, ...ties.filter((tie) => !orders.some(({ key }) => key === tie.key))];
}

const readVersion =
  (names: Names): Read<ModelVersion> =>
  (version, kind, key) => {
    if (kind === 'tag') return [Object.hasOwn(version.tags, key) ? version.tags[key] : undefined];
    switch (key) {
      case 'name':
        return [names.of(version.id)];
      case 'version_number':
        return [version.version];
      case 'source_path':
        return [version.source];
      default:
        return [version[key as 'run_id' | 'creation_timestamp']];
    }
  };
