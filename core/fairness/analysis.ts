import { FacetCounter } from './counts';
import type { CodedFacet } from './facets';
import { type BiasMetric, NoValue, POST_TRAINING, PRE_TRAINING } from './metrics';

/** What bias is measured on: one entry a row in each column. */
export interface BiasData {
  /** 1 for a positive label. */
  readonly labels: Uint8Array;
  /** 1 for a positive prediction. @default - none; there are no post-training metrics then */
  readonly predictions?: Uint8Array;
  readonly facets: readonly CodedFacet[];
  /** The column by which demographic disparity is conditioned, coded from 0. @default - none */
  readonly condition?: { readonly codes: Int32Array; readonly size: number };
  /** Rows that each entry stands for. @default - 1 each */
  readonly weights?: Float64Array;
  /** The flip test over the rows' features, by who is in the group and who is predicted positive. @default - no flip test */
  readonly flipTest?: (isInGroup: Uint8Array, predictions: Uint8Array) => number;
}

/** A metric's value for one group. */
export interface BiasValue {
  readonly name: string;
  readonly description: string;
  /** May be infinite; absent where the metric can't be told, for the `error` given. */
  readonly value?: number;
  readonly error?: string;
}

/** All metrics of one group against all the others. */
export interface GroupBias {
  readonly facet: string;
  /** The group's value, or the interval of its values. */
  readonly value: string;
  /** Rows of the group, and of all others. */
  readonly rows: number;
  readonly otherRows: number;
  readonly preTraining: readonly BiasValue[];
  /** Absent without predictions. */
  readonly postTraining?: readonly BiasValue[];
}

const FLIP_TEST = { name: 'FT', description: 'Flip Test (FT)' };

/** Measures the bias of every group of every facet, by the metrics of SageMaker Clarify. */
export function measureBias(data: BiasData): GroupBias[] {
  return data.facets.flatMap((facet) => {
    const { labels, predictions = labels, condition, weights } = data;
    const counter = new FacetCounter(facet.size, condition?.size);
    counter.addAll(facet.codes, labels, predictions, condition?.codes, weights);
    return facet.groups.map(({ code, value }) => {
      const counts = counter.countsOf(code, condition !== undefined);
      const measure = (metrics: readonly BiasMetric[]): BiasValue[] =>
        metrics.map((metric) => told(metric, () => metric.value(counts)));
      const { advantaged: a, disadvantaged: d } = counts;
      return {
        facet: facet.name,
        value,
        rows: d.tp + d.fp + d.fn + d.tn,
        otherRows: a.tp + a.fp + a.fn + a.tn,
        preTraining: measure(PRE_TRAINING),
        ...(data.predictions && { postTraining: sorted([...measure(POST_TRAINING), ...flipped(data, facet, code)]) }),
      };
    });
  });
}

function flipped({ flipTest, predictions }: BiasData, facet: CodedFacet, code: number): BiasValue[] {
  if (!flipTest || !predictions) return [];
  const isInGroup = Uint8Array.from(facet.codes, (each) => Number(each === code));
  return [told(FLIP_TEST, () => flipTest(isInGroup, predictions))];
}

const sorted = (values: BiasValue[]): BiasValue[] => values.sort((a, b) => (a.name < b.name ? -1 : 1));

function told({ name, description }: Pick<BiasMetric, 'name' | 'description'>, measure: () => number): BiasValue {
  try {
    return { name, description, value: measure() };
  } catch (error) {
    if (!(error instanceof NoValue)) throw error;
    return { name, description, error: error.message };
  }
}
