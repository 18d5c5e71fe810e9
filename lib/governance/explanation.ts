/** Properties of the policy on what drives a model's answers. */
export interface ExplanationProps {
  /** Largest share of one feature in all that moves the answers, above 0 and at most 1. @default - no bound */
  readonly maxShare?: number;
  /** Largest share of each protected feature, from 0 to below 1; a feature that the model does not see has none. @default - no bound */
  readonly maxProtectedShare?: number;
  /** Features by which people must not be judged. @default - the schema's facets */
  readonly protectedFeatures?: string[];
}

/** Everything wrong with a policy on explanations. */
export function explanationProblems({ maxShare, maxProtectedShare, protectedFeatures }: ExplanationProps): string[] {
  const problems: string[] = [];
  if (maxShare !== undefined && !(maxShare > 0 && maxShare <= 1)) {
    problems.push(`maxShare must be above 0 and at most 1, received ${maxShare}`);
  }
  if (maxProtectedShare !== undefined && !(maxProtectedShare >= 0 && maxProtectedShare < 1)) {
    problems.push(`maxProtectedShare must be at least 0 and below 1, received ${maxProtectedShare}`);
  }
  if (protectedFeatures && maxProtectedShare === undefined) {
    problems.push('protectedFeatures need a bound: give maxProtectedShare');
  }
  if (protectedFeatures?.length === 0) problems.push('protectedFeatures must name at least one feature');
  return problems;
}
