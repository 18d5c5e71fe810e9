import type { BetterThanChampionProps, SlicesProps } from './policy';

/** Everything wrong with a policy on slices. */
export function sliceProblems({ by, edges, min, max, maxGap, minRows }: SlicesProps): string[] {
  const problems: string[] = [];
  if (by.trim() === '') problems.push(`by must name a column, received '${by}'`);
  if (
    edges &&
    !(edges.length > 0 && edges.every((edge, at) => Number.isFinite(edge) && (at === 0 || edge > edges[at - 1]!)))
  ) {
    problems.push(`edges must be numbers in ascending order, received ${edges.join(', ') || 'none'}`);
  }
  if (min === undefined && max === undefined && maxGap === undefined) problems.push('give min, max or maxGap');
  for (const [name, value] of Object.entries({ min, max, maxGap })) {
    if (value !== undefined && !Number.isFinite(value)) problems.push(`${name} must be a number, received ${value}`);
  }
  if (min !== undefined && max !== undefined && min > max) problems.push(`min ${min} is above max ${max}`);
  if (maxGap !== undefined && maxGap < 0) problems.push(`maxGap must be 0 or more, received ${maxGap}`);
  if (minRows !== undefined && !(Number.isInteger(minRows) && minRows >= 1)) {
    problems.push(`minRows must be a whole number of at least 1, received ${minRows}`);
  }
  return problems;
}

/** Everything wrong with a policy on the champion. */
export function comparisonProblems({ margin = 0, confidence = 0.95 }: BetterThanChampionProps): string[] {
  const problems: string[] = [];
  if (!Number.isFinite(margin)) problems.push(`margin must be a number, received ${margin}`);
  if (!(confidence > 0.5 && confidence < 1)) {
    problems.push(`confidence must be above 0.5 and below 1, such as 0.95; received ${confidence}`);
  }
  return problems;
}
