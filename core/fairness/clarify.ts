import type { BiasValue, GroupBias } from './analysis';

/** A metric as Clarify writes it: JSON has no infinity, so that one is a text. */
interface ClarifyMetric {
  readonly name: string;
  readonly description: string;
  readonly value: number | 'Infinity' | '-Infinity' | null;
  readonly error?: string;
}

interface ClarifyBias {
  readonly label: string;
  readonly label_value_or_threshold: string;
  readonly facets: Readonly<
    Record<string, readonly { value_or_threshold: string; metrics: readonly ClarifyMetric[] }[]>
  >;
}

/** The bias part of SageMaker Clarify's `analysis.json`. */
export interface ClarifyAnalysis {
  readonly version: '1.0';
  readonly pre_training_bias_metrics: ClarifyBias;
  readonly post_training_bias_metrics?: ClarifyBias;
}

/** The analysis in Clarify's form. @param label name of the label's column; `positive` is the value that counts as positive. */
export function toClarifyAnalysis(
  groups: readonly GroupBias[],
  { label, positive }: { readonly label: string; readonly positive: string },
): ClarifyAnalysis {
  const part = (values: (group: GroupBias) => readonly BiasValue[]): ClarifyBias => {
    const facets: Record<string, { value_or_threshold: string; metrics: ClarifyMetric[] }[]> = {};
    for (const group of groups) {
      facets[group.facet] ??= [];
      facets[group.facet]!.push({ value_or_threshold: group.value, metrics: values(group).map(toMetric) });
    }
    return { label, label_value_or_threshold: positive, facets };
  };
  const hasPredictions = groups.some(({ postTraining }) => postTraining !== undefined);
  return {
    version: '1.0',
    pre_training_bias_metrics: part(({ preTraining }) => preTraining),
    ...(hasPredictions && { post_training_bias_metrics: part(({ postTraining }) => postTraining ?? []) }),
  };
}

function toMetric({ name, description, value, error }: BiasValue): ClarifyMetric {
  if (value === undefined) return { name, description, value: null, error: error ?? 'The metric has no value.' };
  if (Number.isFinite(value)) return { name, description, value };
  return { name, description, value: value > 0 ? 'Infinity' : '-Infinity' };
}
