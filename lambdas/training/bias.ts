import {
  type BiasCells,
  type ClarifyAnalysis,
  countCells,
  defaultFacets,
  FacetError,
  type GroupBias,
  measureCells,
  toClarifyAnalysis,
} from '../../core/fairness';
import { type Evaluation, type Quality, THRESHOLD } from '../../core/quality';
import type { RunContext, SplitInfo } from '../../lib/training/contract';
import { type ReadTools, readFacets } from './test-columns';

/** What the evaluation keeps of bias: counts, from which policies judge, and Clarify's analysis of them, for people. */
export type BiasEvidence = (BiasCells & { readonly analysis: ClarifyAnalysis }) | { readonly reason: string };

/**
 * The bias of a model's predictions for the held-out rows, by the facets that the split kept for them. What can't be
 * measured is no failure of the run: the reason is kept, and a policy that needs the numbers fails with it.
 * @returns undefined where the schema has no facets.
 */
export async function biasOf(
  { quality, outcomes }: { readonly quality: Quality; readonly outcomes?: Evaluation['outcomes'] },
  split: SplitInfo,
  { schema, uris }: Pick<RunContext, 'schema' | 'uris'>,
  dependencies: ReadTools,
): Promise<BiasEvidence | undefined> {
  const names = schema.facets ?? [];
  if (names.length === 0) return undefined;
  if (outcomes?.problem !== 'binary')
    return { reason: `Bias is measured for binary problems; this one is ${schema.problem}.` };
  if (!split.facetsSha256) return { reason: 'The split kept no facets of the test rows: start a new run.' };
  const columns = await readFacets(`${uris.meta}facets.csv`, split, names, dependencies);
  const predictions = outcomes.scores.map((score) => Number(score >= (quality.threshold ?? THRESHOLD)));
  try {
    const cells = countCells(names, columns, outcomes.labels, predictions);
    const analysis = toClarifyAnalysis(measured(cells), { label: schema.label, positive: schema.positive ?? '1' });
    return { ...cells, analysis };
  } catch (error) {
    if (error instanceof FacetError) return { reason: error.message };
    throw error;
  }
}

/** A facet in which there is nobody to compare with is left out: the policies that name it say so. */
function measured(cells: BiasCells): GroupBias[] {
  return defaultFacets(cells).flatMap((facet) => {
    try {
      return measureCells(cells, [facet]);
    } catch (error) {
      if (error instanceof FacetError) return [];
      throw error;
    }
  });
}
