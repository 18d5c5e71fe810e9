import type { ProblemType } from '../../lib/data/contract';
import { classOf, parseNumber } from '../data';
import { shown } from '../problems';
import { attribute } from './attribute';
import type { Walk } from './walks';

/** How the values come about: in words, since Clarify's form has no name for it. */
const METHOD =
  'Shapley values estimated by antithetic permutation sampling; global values are the mean of their absolute values';

/** What drives one output, in the form of SageMaker Clarify. */
export interface LabelExplanation {
  readonly global_shap_values: Readonly<Record<string, number>>;
  readonly expected_value: number;
}

/** What drives a model's answers. */
export interface Explanation {
  readonly method: string;
  /** Held-out rows that were explained, by so many walks in all. */
  readonly rows: number;
  readonly walks: number;
  /** The schema's facets: whom a model must not judge people by. */
  readonly facets?: readonly string[];
  /**
   * As SageMaker Clarify writes it into `analysis.json`, whose only key for Shapley values this is. One output is `label0`;
   * of several classes each is explained by its own name.
   */
  readonly kernel_shap: Readonly<Record<string, LabelExplanation>>;
}

/** The model's answers can't be explained, for this reason. */
export class ExplainError extends Error {
  override readonly name = 'ExplainError';
}

/**
 * Explains a model by its answers at the points of walks.
 * @throws ExplainError where an answer is no number.
 */
export function explain(
  walks: readonly Walk[],
  answers: readonly string[],
  features: readonly string[],
  problem: ProblemType,
  facets: readonly string[] = [],
): Explanation {
  const labels = outputsOf(answers, problem).map(([label, values]) => {
    const { expectedValue, features: influence } = attribute(walks, values, features);
    const named = Object.fromEntries(influence.map(({ name, value }) => [name, value]));
    return [label, { global_shap_values: named, expected_value: expectedValue }] as const;
  });
  return {
    method: METHOD,
    rows: new Set(walks.map(({ row }) => row)).size,
    walks: walks.length,
    ...(facets.length > 0 && { facets }),
    kernel_shap: Object.fromEntries(labels),
  };
}

/** What is explained: the number that a model answers, or for each class whether it is the one. */
function outputsOf(answers: readonly string[], problem: ProblemType): (readonly [string, Float64Array])[] {
  if (problem !== 'multiclass') return [['label0', Float64Array.from(answers, numberOf)]];
  const classes = answers.map(classOf);
  return [...new Set(classes)]
    .sort()
    .map((each) => [each, Float64Array.from(classes, (found) => Number(found === each))] as const);
}

function numberOf(answer: string): number {
  const value = parseNumber(answer);
  if (value === undefined) throw new ExplainError(`The answer ${shown(answer)} is no number.`);
  return value;
}
