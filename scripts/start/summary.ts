import { fields, money } from '../../cli/src/format';
import { priceOf } from '../../core/costs';
import { formatMetric } from '../../core/report';
import type { ModelVersionRecord } from '../../lib/registry/contract';
import type { Prediction } from './prediction';

export interface SummaryInput {
  readonly version: ModelVersionRecord;
  readonly prediction: Prediction;
  /** USD that the run would have cost on AWS. */
  readonly costUsd?: number;
  readonly endpointInstance?: string;
  readonly endpoint: string;
  /** Path of the request's file, as it is typed. */
  readonly requestFile: string;
}

/** Metrics that the summary shows, under their names. */
const SHOWN: readonly (readonly [name: string, metric: string])[] = [
  ['accuracy', 'accuracy'],
  ['precision', 'precision'],
  ['recall', 'recall'],
  ['F1', 'f1'],
];

export function summary(input: SummaryInput): string {
  const { version, prediction, endpoint, requestFile } = input;
  const { model, metrics } = version;
  const others = SHOWN.filter(([, metric]) => metrics[metric] !== undefined);
  return [
    '',
    `${model} version ${version.version} serves. On held-out rows:`,
    `  AUC ${formatMetric(metrics.roc_auc)}${others.map(([name, metric]) => `, ${name} ${formatMetric(metrics[metric])}`).join('')}`,
    '',
    predictionText(prediction),
    '',
    costText(input),
    '',
    'Where to look:',
    indent(
      fields([
        [`npx mlops models show ${model}@champion`, 'the version, its evidence, who approved it'],
        [`npx mlops runs show ${version.runId}`, 'each step with time and cost'],
        [`npx mlops runs logs ${version.runId}`, 'what the jobs have logged'],
        [`npx mlops invoke ${model} ${requestFile}`, 'the prediction above, again'],
        [`AWS_ENDPOINT_URL=${endpoint}`, 'takes any AWS SDK or command line to the sandbox'],
      ]),
    ),
    '',
    'The sandbox goes on running. Stop it with: npm run stop',
  ].join('\n');
}

function predictionText({ row, probability, heldOut }: Prediction): string {
  const where = heldOut ? 'a row that training never saw' : 'a recorded row';
  const truth = row.label === '1' ? 'malignant' : 'benign';
  return `A prediction for ${where}: malignant with probability ${formatMetric(probability)}; in truth it was ${truth}.`;
}

function costText({ costUsd, endpointInstance }: SummaryInput): string {
  const price = endpointInstance ? priceOf(endpointInstance) : undefined;
  const hourly = typeof price === 'number' ? `; its endpoint costs ${money(price)} an hour (${endpointInstance})` : '';
  return `On AWS this run would cost ${money(costUsd)}${hourly}.`;
}

const indent = (text: string): string => text.replace(/^/gm, '  ');
