import type { MeasuresSpec } from './contract';
import type { Policy } from './policy';

/** What policies need measured beyond the metrics, each once; undefined where that is nothing. */
export function measuresOf(policies: readonly Policy[]): MeasuresSpec | undefined {
  const asked = policies.map((policy) => policy._measures());
  const slices = unique(asked.flatMap((each) => each.slices ?? []));
  const comparisons = unique(asked.flatMap((each) => each.comparisons ?? []));
  if (slices.length + comparisons.length === 0) return undefined;
  return {
    ...(slices.length > 0 && { slices }),
    ...(comparisons.length > 0 && { comparisons }),
  };
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}
