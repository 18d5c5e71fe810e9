import { EXPERIMENTS, LIMIT, matches, parseFilter, parseOrders } from '../../../core/mlflow';
import type { Draft } from '../../registry/store/documents';
import { MLFLOW_LIST } from '../../registry/store/mlflow-keys';
import { type Experiment, experimentDraft, nameDraft, newExperimentId } from '../../registry/store/mlflow-records';
import { ConditionFailed } from '../../registry/store/table';
import { MlflowError, missing } from '../errors';
import {
  checkExperimentName,
  checkLocation,
  ensureDefault,
  experimentOf,
  nameTaken,
  newExperiment,
  placeOf,
  readExperiment,
  requireActive,
} from '../experiments';
import { type Context, type Route, route } from '../http';
import { parsed, search } from '../search';
import { checkKey, mapOf, pairOf, pairsOf } from '../validate';

const MOST = 50_000;
const NATURAL = ['creation_time DESC', 'experiment_id DESC'];

const answered = ({ tags, restored_at: _, ...experiment }: Experiment) => ({ ...experiment, tags: pairsOf(tags) });

/** Reads, changes and writes an experiment. */
const change = (
  context: Context,
  id: string,
  alter: (experiment: Experiment, now: number) => Experiment,
  more: (before: Experiment, after: Experiment) => Promise<Draft[]> = async () => [],
): Promise<Record<string, never>> =>
  context.store.again(async () => {
    const { value, revision } = await experimentOf(context, id);
    const now = context.store.now();
    const after = alter(value, now);
    await context.store.save([
      experimentDraft({ ...after, last_update_time: now }, revision),
      ...(await more(value, after)),
    ]);
    return {};
  });

const create: Route['act'] = async (input, context) => {
  const name = checkExperimentName(input.optionalText('name'));
  const tags = mapOf(input.objects('tags').map((tag, i) => pairOf(tag, LIMIT.experimentTagValue, `tags[${i}]`)));
  const location = checkLocation(input.optionalText('artifact_location'));
  const now = context.store.now();
  const more = { tags, ...(location ? { artifact_location: location } : {}) };
  const experiment = newExperiment(context, newExperimentId(now), name, now, more);
  const { holder, revision } = await placeOf(context, name);
  if (holder) throw nameTaken(name, holder.lifecycle_stage === 'deleted');
  try {
    await context.store.save([experimentDraft(experiment, 0), nameDraft(experiment, revision)]);
  } catch (error) {
    if (error instanceof ConditionFailed) throw nameTaken(name, false);
    throw error;
  }
  return { experiment_id: experiment.experiment_id };
};

/** The old name keeps its place, and nobody holds it. */
const rename: Route['act'] = (input, context) => {
  const id = input.text('experiment_id');
  const name = input.optionalText('new_name');
  const target = name === undefined ? undefined : checkExperimentName(name);
  return change(
    context,
    id,
    (experiment) => {
      if (experiment.lifecycle_stage !== 'active') {
        throw new MlflowError(
          'INVALID_STATE',
          `Cannot rename a non-active experiment: ${id} is deleted. Restore it first.`,
        );
      }
      return { ...experiment, name: target ?? experiment.name };
    },
    async (before, after) => {
      if (before.name === after.name) return [];
      const { holder, revision } = await placeOf(context, after.name);
      if (holder) throw new MlflowError('BAD_REQUEST', `Experiment(name=${after.name}) already exists.`);
      return [nameDraft(after, revision)];
    },
  );
};

const list: Route['act'] = async (input, context) => {
  const clauses = parsed(() => parseFilter(input.optionalText('filter'), EXPERIMENTS));
  const named = input.texts('order_by');
  const orders = parsed(() => parseOrders(named.length > 0 ? named : NATURAL, EXPERIMENTS));
  const tie = orders.some(({ key }) => key === 'experiment_id')
    ? []
    : [{ kind: 'attribute', key: 'experiment_id', ascending: false } as const];
  const view = input.optionalText('view_type') ?? 'ACTIVE_ONLY';
  await ensureDefault(context);
  const { items, token } = await search<Experiment>({
    store: context.store,
    ranges: [{ index: 'GSI1', pk: MLFLOW_LIST.experiments }],
    accept: (one) => inView(one.lifecycle_stage, view) && matches(one, clauses, readExperiment),
    orders: [...orders, ...tie],
    read: readExperiment,
    limit: input.limit('max_results', 1_000, MOST),
    token: input.optionalText('page_token') || undefined,
  });
  return { experiments: items.map(answered), ...(token ? { next_page_token: token } : {}) };
};

/** ViewType of MLflow. */
export const inView = (stage: string, view: string): boolean =>
  view === 'ALL' || (view === 'DELETED_ONLY') === (stage === 'deleted');

export const experimentRoutes: readonly Route[] = [
  route('POST', '/mlflow/experiments/create', create),
  route('GET', '/mlflow/experiments/get', async (input, context) => ({
    experiment: answered((await experimentOf(context, input.text('experiment_id'))).value),
  })),
  route('GET', '/mlflow/experiments/get-by-name', async (input, context) => {
    const name = input.text('experiment_name');
    const { holder } = await placeOf(context, name);
    if (!holder) throw missing(`Could not find experiment with name '${name.slice(0, 200)}'`);
    return { experiment: answered(holder) };
  }),
  route('POST', '/mlflow/experiments/update', rename),
  route('POST', '/mlflow/experiments/delete', (input, context) =>
    change(context, input.text('experiment_id'), (experiment) => {
      if (experiment.lifecycle_stage !== 'active')
        throw missing(`No active Experiment with id=${experiment.experiment_id} exists`);
      return { ...experiment, lifecycle_stage: 'deleted' };
    }),
  ),
  route('POST', '/mlflow/experiments/restore', (input, context) =>
    change(context, input.text('experiment_id'), (experiment, now) => {
      if (experiment.lifecycle_stage === 'active')
        throw missing(`No deleted Experiment with id=${experiment.experiment_id} exists`);
      return { ...experiment, lifecycle_stage: 'active', restored_at: now };
    }),
  ),
  route('POST', '/mlflow/experiments/set-experiment-tag', (input, context) => {
    const { key, value } = pairOf(input, LIMIT.experimentTagValue, 'tag');
    return change(context, input.text('experiment_id'), (experiment) => {
      requireActive(experiment);
      return { ...experiment, tags: { ...experiment.tags, [key]: value } };
    });
  }),
  route('POST', '/mlflow/experiments/delete-experiment-tag', (input, context) => {
    const key = input.text('key');
    checkKey(key, 'tag');
    return change(context, input.text('experiment_id'), (experiment) => {
      requireActive(experiment);
      const { [key]: gone, ...tags } = experiment.tags;
      if (gone === undefined)
        throw missing(`No tag with name: ${key} in experiment with id ${experiment.experiment_id}`);
      return { ...experiment, tags };
    });
  }),
  ...(['GET', 'POST'] as const).map((method) => route(method, '/mlflow/experiments/search', list)),
];
