import { LIMIT, matches, parseFilter, parseOrders, RUNS } from '../../../core/mlflow';
import { MLFLOW_LIST, metricPrefix, mlflowRunKey } from '../../registry/store/mlflow-keys';
import { type Experiment, RUN_NAME_TAG, type Run, type RunStatus, runDraft } from '../../registry/store/mlflow-records';
import { invalid, missing } from '../errors';
import { activeExperiment, experimentOf } from '../experiments';
import { type Context, type Route, route } from '../http';
import type { Input } from '../input';
import { batchOf, logBatch, withTags } from '../log-batch';
import { randomName } from '../run-names';
import { answeredRun, changeActiveRun, changeRun, infoOf, newRunId, openRun, readRun, stageOf } from '../runs';
import { parsed, search } from '../search';
import { mapOf, metricOf, shortPairOf } from '../validate';
import { inView } from './experiments';

const STATUSES: readonly string[] = ['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED'];
const MOST = 50_000;
/** Points that one answer holds below the 6 MB of a function's. */
const MOST_POINTS = 25_000;

/** Clients send both names of it. */
export const runIdOf = (input: Input): string => input.optionalText('run_id') || input.text('run_uuid');

const create: Route['act'] = async (input, context) => {
  const { value: experiment } = await activeExperiment(context, input.optionalText('experiment_id') || '0');
  const tags = mapOf(input.objects('tags').map((tag, i) => shortPairOf(tag, LIMIT.tagValue, `tags[${i}]`)));
  const [named, tagged] = [input.optionalText('run_name'), tags[RUN_NAME_TAG]];
  if (named && tagged && named !== tagged) {
    throw invalid(
      `Both 'run_name' and the tag '${RUN_NAME_TAG}' are specified, with different values: '${named}' and '${tagged}'.`,
    );
  }
  const run_name = named || tagged || randomName();
  const run_id = newRunId(experiment.experiment_id);
  const run: Run = {
    run_id,
    experiment_id: experiment.experiment_id,
    run_name,
    user_id: input.optionalText('user_id'),
    status: 'RUNNING',
    start_time: input.integer('start_time') ?? context.store.now(),
    artifact_uri: `${experiment.artifact_location}/${run_id}/artifacts`,
    params: {},
    tags: { ...tags, [RUN_NAME_TAG]: run_name },
    metrics: {},
    datasets: [],
    model_inputs: [],
    model_outputs: [],
  };
  await context.store.save([runDraft(run, 0)]);
  return { run: answeredRun(run, experiment) };
};

const update: Route['act'] = async (input, context) => {
  const status = statusOf(input);
  const [end, name] = [input.integer('end_time'), input.optionalText('run_name')];
  let experiment: Experiment | undefined;
  const run = await changeRun(context, runIdOf(input), (before, of) => {
    experiment = of;
    if (stageOf(before, of) !== 'active')
      throw invalid(`The run ${before.run_id} must be in the 'active' state. Current state is deleted.`);
    const after = {
      ...before,
      ...(status === undefined ? {} : { status }),
      ...(end === undefined ? {} : { end_time: end }),
    };
    return name ? withTags(after, { [RUN_NAME_TAG]: name }) : after;
  });
  return { run_info: infoOf(run, experiment!) };
};

/** A status by its name, or by its number in MLflow's protocol. */
function statusOf(input: Input): RunStatus | undefined {
  const given = input.raw('status');
  if (given === undefined || given === null) return undefined;
  const numbered = ['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED'][Number(given) - 1];
  const status = STATUSES.includes(String(given)) ? String(given) : numbered;
  if (status) return status as RunStatus;
  throw invalid(
    `Invalid value ${JSON.stringify(given)} for parameter 'status' supplied. Valid are: ${STATUSES.join(', ')}.`,
  );
}

const searchRuns: Route['act'] = async (input, context) => {
  const clauses = parsed(() => parseFilter(input.optionalText('filter'), RUNS));
  const named = parsed(() => parseOrders(input.texts('order_by'), RUNS));
  const natural = named.length === 0;
  const view = input.optionalText('run_view_type') ?? 'ACTIVE_ONLY';
  const ids = [...new Set(input.texts('experiment_ids'))];
  const experiments = new Map<string, Experiment>();
  for (const id of ids) {
    try {
      experiments.set(id, (await experimentOf(context, id)).value);
    } catch (error) {
      if ((error as { code?: string }).code !== 'RESOURCE_DOES_NOT_EXIST') throw error;
    }
  }
  const { items, token } = await search<Run>({
    store: context.store,
    ranges: [...experiments.keys()].map((id) => ({ index: 'GSI1', pk: MLFLOW_LIST.runsOf(id) })),
    accept: (run) => inView(stageOf(run, experiments.get(run.experiment_id)!), view) && matches(run, clauses, readRun),
    orders: natural && experiments.size === 1 ? undefined : withTies(named),
    read: readRun,
    limit: input.limit('max_results', 1_000, MOST),
    token: input.optionalText('page_token') || undefined,
  });
  const runs = items.map((run) => answeredRun(run, experiments.get(run.experiment_id)!));
  return { runs, ...(token ? { next_page_token: token } : {}) };
};

/** Newer first, then by id, behind what the caller named. */
function withTies(named: ReturnType<typeof parseOrders>) {
  const start = { kind: 'attribute', key: 'start_time', ascending: false } as const;
  const id = { kind: 'attribute', key: 'run_id', ascending: true } as const;
  return [
    ...named,
    ...(named.some(({ key, kind }) => kind === 'attribute' && key === 'start_time') ? [] : [start]),
    id,
  ];
}

const history: Route['act'] = async (input, context) => {
  const run = runIdOf(input);
  const metric = input.text('metric_key');
  const most = input.limit('max_results', MOST_POINTS, MOST_POINTS);
  const range = { pk: mlflowRunKey(run).PK, prefix: metricPrefix(metric) };
  const metrics: unknown[] = [];
  let token = input.optionalText('page_token') || undefined;
  do {
    const { items, last } = await context.store.items(range, most - metrics.length, token);
    metrics.push(...items.map(({ doc }) => JSON.parse(doc as string)));
    token = last && context.store.tokenAfter(range, last);
  } while (token !== undefined && metrics.length < most);
  return { metrics, ...(token === undefined ? {} : { next_page_token: token }) };
};

const removeTag: Route['act'] = async (input, context) => {
  const key = input.text('key');
  await changeActiveRun(context, runIdOf(input), (run) => {
    const { [key]: gone, ...tags } = run.tags;
    if (gone === undefined) throw missing(`No tag with name: ${key} in run with id ${run.run_id}`);
    return { ...run, tags };
  });
  return {};
};

const logAlone =
  (entryOf: (input: Input) => Parameters<typeof logBatch>[2]) =>
  async (input: Input, context: Context): Promise<Record<string, never>> => {
    const run = runIdOf(input);
    await logBatch(context, run, entryOf(input));
    return {};
  };

const NONE = { metrics: [], params: [], tags: [] };

export const runRoutes: readonly Route[] = [
  route('POST', '/mlflow/runs/create', create),
  route('POST', '/mlflow/runs/update', update),
  route('GET', '/mlflow/runs/get', async (input, context) => {
    const { run, experiment } = await openRun(context, runIdOf(input));
    return { run: answeredRun(run.value, experiment) };
  }),
  route('POST', '/mlflow/runs/delete', async (input, context) => {
    await changeRun(context, runIdOf(input), (run) => ({ ...run, deleted_at: context.store.now() }));
    return {};
  }),
  route('POST', '/mlflow/runs/restore', async (input, context) => {
    await changeRun(context, runIdOf(input), ({ deleted_at: _, ...run }) => run);
    return {};
  }),
  route('POST', '/mlflow/runs/search', searchRuns),
  route('POST', '/mlflow/runs/log-batch', logAlone(batchOf)),
  route(
    'POST',
    '/mlflow/runs/log-metric',
    logAlone((input) => ({ ...NONE, metrics: [metricOf(input, 'metric')] })),
  ),
  route(
    'POST',
    '/mlflow/runs/log-parameter',
    logAlone((input) => ({ ...NONE, params: [shortPairOf(input, LIMIT.paramValue, 'param')] })),
  ),
  route(
    'POST',
    '/mlflow/runs/set-tag',
    logAlone((input) => ({ ...NONE, tags: [shortPairOf(input, LIMIT.tagValue, 'tag')] })),
  ),
  route('POST', '/mlflow/runs/delete-tag', removeTag),
  route('GET', '/mlflow/metrics/get-history', history),
];
