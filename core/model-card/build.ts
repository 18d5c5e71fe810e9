import type { ModelCardText, ModelRecord, ModelVersionRecord } from '../../lib/registry/contract';
import type { EvaluationDetail, MetricGroup, ModelCardContent, SimpleMetric } from './content';

/** What the pipeline knows of a version. */
export interface CardFacts {
  readonly model: string;
  readonly version: number;
  readonly owner: string;
  readonly purpose: string;
  readonly riskTier: 'LOW' | 'MEDIUM' | 'HIGH';
  /** Who the version was made for. */
  readonly creator: string;
  readonly problem?: string;
  readonly archiveUri: string;
  readonly image: string;
  readonly trainingImage?: string;
  readonly trainingJobArn?: string;
  readonly hyperparameters?: Readonly<Record<string, string>>;
  readonly dataset?: { readonly name: string; readonly version: number; readonly contentDigest: string };
  readonly rows?: { readonly train?: number; readonly test?: number };
  /** On the held-out rows. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly testDataDigest?: string;
  /** Groups of numbers beside the overall ones: slices, bias by facet, attributions. */
  readonly groups?: readonly { readonly name: string; readonly values: Readonly<Record<string, number>> }[];
  /** What people wrote. */
  readonly text?: ModelCardText;
}

/** What the records of a model and its version tell; the caller adds what it knows of the run. */
export const cardFactsOf = (model: ModelRecord, version: ModelVersionRecord): CardFacts => ({
  model: model.model,
  version: version.version,
  owner: model.owner,
  purpose: model.purpose,
  riskTier: model.riskTier,
  creator: version.createdBy.onBehalfOf ?? version.createdBy.id,
  archiveUri: version.archive.uri,
  image: version.image,
  dataset: version.dataset,
  metrics: version.metrics,
  testDataDigest: version.testDataDigest,
  text: model.card,
});

const RISK = { HIGH: 'High', MEDIUM: 'Medium', LOW: 'Low' } as const;
/** Limits of the schema, in characters and in entries. */
const LIMIT = { short: 1024, text: 2048, name: 255, group: 63, parameters: 100 } as const;

/**
 * A version's card, from what the pipeline knows and what people wrote. What is longer than the schema takes ends in `…`;
 * numbers that JSON does not know are left out.
 */
export function buildModelCard(facts: CardFacts): ModelCardContent {
  const { text: human = {} } = facts;
  return {
    model_overview: {
      model_name: facts.model,
      model_version: facts.version,
      ...text('model_description', facts.purpose, LIMIT.short),
      ...text('model_creator', facts.creator, LIMIT.short),
      ...text('model_owner', facts.owner, LIMIT.short),
      ...text('problem_type', facts.problem, LIMIT.short),
      model_artifact: [facts.archiveUri],
      inference_environment: { container_image: [facts.image] },
    },
    intended_uses: {
      ...text('purpose_of_model', facts.purpose, LIMIT.text),
      ...text('intended_uses', human.intendedUses, LIMIT.text),
      ...text('factors_affecting_model_efficiency', human.limitations, LIMIT.text),
      risk_rating: RISK[facts.riskTier],
      ...text('explanations_for_risk_rating', human.riskExplanation, LIMIT.text),
    },
    business_details: {
      ...text('business_problem', human.businessProblem, LIMIT.text),
      ...text('business_stakeholders', human.stakeholders, LIMIT.text),
      ...text('line_of_business', human.lineOfBusiness, LIMIT.text),
    },
    training_details: trainingOf(facts),
    evaluation_details: [evaluationOf(facts)],
    additional_information: {
      ...text('ethical_considerations', human.ethicalConsiderations, LIMIT.text),
      ...text('caveats_and_recommendations', human.recommendations, LIMIT.text),
    },
  };
}

function trainingOf(facts: CardFacts): ModelCardContent['training_details'] {
  const { dataset, rows, hyperparameters = {} } = facts;
  const observed = rows?.train === undefined ? undefined : `Trained on ${rows.train} rows.`;
  const parameters = Object.entries(hyperparameters)
    .filter(([name, value]) => name !== '' && value !== '')
    .slice(0, LIMIT.parameters)
    .map(([name, value]) => ({ name: cut(name, LIMIT.name), value: cut(value, LIMIT.name) }));
  return {
    ...text('training_observations', observed, LIMIT.short),
    training_job_details: {
      ...text('training_arn', facts.trainingJobArn, LIMIT.short),
      ...(dataset ? { training_datasets: [nameOf(dataset)] } : {}),
      ...(facts.trainingImage ? { training_environment: { container_image: [facts.trainingImage] } } : {}),
      ...(parameters.length > 0 ? { hyper_parameters: parameters } : {}),
    },
  };
}

function evaluationOf(facts: CardFacts): EvaluationDetail {
  const { rows, dataset, testDataDigest, metrics, groups = [] } = facts;
  const held = rows?.test === undefined ? 'rows' : `${rows.test} rows`;
  return {
    name: 'held-out rows',
    evaluation_observation: `Graded by its predictions for ${held} that its training never saw.`,
    ...(dataset ? { datasets: [nameOf(dataset)] } : {}),
    ...(testDataDigest ? { metadata: { testDataSha256: testDataDigest } } : {}),
    metric_groups: [{ name: 'overall', values: metrics }, ...groups].map(groupOf),
  };
}

const groupOf = ({ name, values }: { name: string; values: Readonly<Record<string, number>> }): MetricGroup => ({
  name: cut(name, LIMIT.group),
  metric_data: Object.entries(values).flatMap(([metric, value]): SimpleMetric[] =>
    Number.isFinite(value) ? [{ name: cut(metric, LIMIT.name), type: 'number', value }] : [],
  ),
});

const nameOf = ({ name, version, contentDigest }: NonNullable<CardFacts['dataset']>): string =>
  `${name} version ${version} (content ${contentDigest})`;

const cut = (value: string, limit: number): string => (value.length <= limit ? value : `${value.slice(0, limit - 1)}…`);

const text = <K extends string>(key: K, value: string | undefined, limit: number): { readonly [P in K]?: string } =>
  (value?.trim() ? { [key]: cut(value.trim(), limit) } : {}) as { readonly [P in K]?: string };
