import { LIMIT } from '../../../core/mlflow';
import type { DatasetInput } from '../../registry/store/mlflow-records';
import { invalid } from '../errors';
import { type Route, route } from '../http';
import type { Input } from '../input';
import { changeActiveRun } from '../runs';
import { runIdOf } from './runs';

const SIZES = { schema: 1_048_575, source: 65_535, profile: 16_777_215 } as const;

const datasetOf = (input: Input, i: number): DatasetInput => {
  const path = `datasets[${i}]`;
  if (!input.has('dataset')) throw invalid(`Missing value for required parameter '${path}.dataset'.`);
  const dataset = input.object('dataset');
  const [name, digest] = [dataset.text('name'), dataset.text('digest')];
  if (name.length > LIMIT.datasetName)
    throw invalid(`'${path}.dataset.name' exceeds the maximum length of ${LIMIT.datasetName} characters.`);
  if (digest.length > LIMIT.datasetDigest)
    throw invalid(`'${path}.dataset.digest' exceeds the maximum length of ${LIMIT.datasetDigest} characters.`);
  const rest = { source_type: dataset.optionalText('source_type'), ...longTexts(dataset, path) };
  const tags = input.objects('tags').map((tag) => ({ key: tag.text('key'), value: tag.optionalText('value') ?? '' }));
  return { dataset: { name, digest, ...rest }, tags };
};

function longTexts(dataset: Input, path: string) {
  const texts = {
    source: dataset.optionalText('source'),
    schema: dataset.optionalText('schema'),
    profile: dataset.optionalText('profile'),
  };
  for (const [name, most] of Object.entries(SIZES)) {
    const length = texts[name as keyof typeof texts]?.length ?? 0;
    if (length > most)
      throw invalid(`'${path}.dataset.${name}' exceeds the maximum length of ${most} characters: it has ${length}.`);
  }
  return texts;
}

/** The first of those with one name and digest counts, as in MLflow. */
const unlike = (datasets: readonly DatasetInput[]): DatasetInput[] => {
  const seen = new Map<string, DatasetInput>();
  for (const one of datasets) {
    const id = JSON.stringify([one.dataset.name, one.dataset.digest]);
    if (!seen.has(id)) seen.set(id, one);
  }
  return [...seen.values()];
};

export const runInputRoutes: readonly Route[] = [
  route('POST', '/mlflow/runs/log-inputs', async (input, context) => {
    const datasets = input.objects('datasets').map(datasetOf);
    const models = input.objects('models').map((model) => model.text('model_id'));
    await changeActiveRun(context, runIdOf(input), (run) => ({
      ...run,
      datasets: unlike([...run.datasets, ...datasets]),
      model_inputs: [...new Set([...run.model_inputs, ...models])],
    }));
    return {};
  }),
  route('POST', '/mlflow/runs/outputs', async (input, context) => {
    const models = input
      .objects('models')
      .map((model) => ({ model_id: model.text('model_id'), step: model.integer('step') ?? 0 }));
    await changeActiveRun(context, runIdOf(input), (run) => ({
      ...run,
      model_outputs: [
        ...run.model_outputs.filter(({ model_id }) => !models.some((model) => model.model_id === model_id)),
        ...models,
      ],
    }));
    return {};
  }),
];
