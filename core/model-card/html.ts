import { escapeHtml, formatMetric, htmlTable } from '../report';
import { missingParts } from './complete';
import type { MetricGroup, ModelCardContent } from './content';

/** A card as part of a page: what people ask first comes first, and what is missing says so. */
export function modelCardHtml(card: ModelCardContent): string {
  const { model_overview: overview, intended_uses: uses, business_details: business } = card;
  const { additional_information: more, training_details: training, evaluation_details: evaluations } = card;
  const job = training.training_job_details;
  const said: readonly (readonly [string, string | undefined])[] = [
    ['Purpose', uses.purpose_of_model],
    ['Intended uses', uses.intended_uses],
    ['Limitations', uses.factors_affecting_model_efficiency],
    ['Risk', [uses.risk_rating, uses.explanations_for_risk_rating].filter(Boolean).join(': ')],
    ['Ethical considerations', more.ethical_considerations],
    ['Recommendations to users', more.caveats_and_recommendations],
    ['Business problem', business.business_problem],
    ['Stakeholders', business.business_stakeholders],
    ['Line of business', business.line_of_business],
  ];
  const made: readonly (readonly [string, string | undefined])[] = [
    ['Owner', overview.model_owner],
    ['Made for', overview.model_creator],
    ['Problem', overview.problem_type],
    ['Trained on', job?.training_datasets?.join(', ')],
    ['Training', training.training_observations],
    ['Training job', job?.training_arn],
    ['Parameters', job?.hyper_parameters?.map(({ name, value }) => `${name} = ${value}`).join(', ')],
    ['Archive', overview.model_artifact?.join(', ')],
    ['Image', overview.inference_environment?.container_image.join(', ')],
  ];
  const groups = evaluations.flatMap((each) => [
    `<p>${escapeHtml(each.evaluation_observation ?? each.name)}</p>`,
    ...each.metric_groups.map(metricTable),
  ]);
  return [
    factTable(said),
    '<h3>How it was made</h3>',
    factTable(made),
    '<h3>How well it does</h3>',
    ...groups,
    asked(card),
  ]
    .filter(Boolean)
    .join('\n');
}

const factTable = (facts: readonly (readonly [string, string | undefined])[]): string =>
  htmlTable(
    facts.filter(([, value]) => value),
    [
      { title: '', cell: ([name]) => `<b>${escapeHtml(name)}</b>` },
      { title: '', cell: ([, value]) => escapeHtml(value!) },
    ],
  );

const metricTable = ({ name, metric_data }: MetricGroup): string =>
  htmlTable(metric_data, [
    { title: name, cell: (metric) => escapeHtml(metric.name) },
    {
      title: 'value',
      cell: ({ value }) => escapeHtml(typeof value === 'number' ? formatMetric(value) : String(value)),
      number: true,
    },
  ]);

function asked(card: ModelCardContent): string {
  const missing = missingParts(card);
  if (missing.length === 0) return '';
  const lines = missing.map(({ name, asks, property }) => {
    const where = property ? ` Write it as <code>${escapeHtml(property)}</code> of the model.` : '';
    return `<li><b>${escapeHtml(name)}</b>: ${escapeHtml(asks)}${where}</li>`;
  });
  return `<h3 class="open">What this card still lacks</h3>\n<ul>\n${lines.join('\n')}\n</ul>`;
}
