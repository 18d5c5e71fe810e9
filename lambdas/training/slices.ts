import { type Evaluation, measureSlices, type Quality, type SliceReport } from '../../core/quality';
import type { SplitInfo } from '../../lib/training/contract';
import type { EvaluateInput } from './evaluate';
import { type ReadTools, readColumns, readFacets } from './test-columns';

/**
 * The metrics of each slice of the held-out rows that policies ask for. What can't be measured is no failure of the run:
 * the reason is kept, and a policy that needs the numbers fails with it.
 */
export async function slicesOf(
  { quality, outcomes }: { readonly quality: Quality; readonly outcomes?: Evaluation['outcomes'] },
  split: SplitInfo,
  { measures, schema, uris }: Pick<EvaluateInput, 'measures' | 'schema' | 'uris'>,
  tools: ReadTools,
): Promise<SliceReport[] | undefined> {
  const asked = measures?.slices ?? [];
  if (asked.length === 0 || !outcomes) return undefined;
  const names = [...new Set(asked.map(({ column }) => column))];
  const facets = split.facetsSha256 ? names.filter((name) => schema.facets?.includes(name)) : [];
  const others = names.filter((name) => !facets.includes(name) && split.columns.includes(name));
  const [ofFacets, ofRows] = await Promise.all([
    facets.length > 0 ? readFacets(`${uris.meta}facets.csv`, split, facets, tools) : [],
    others.length > 0
      ? readColumns('The held-out rows', `${uris.test}test.csv`, split.testSha256, others, split, tools, split.columns)
      : [],
  ]);
  const columns = new Map([...facets, ...others].map((name, at) => [name, [...ofFacets, ...ofRows][at]!]));
  return asked.map((slice) => {
    const values = columns.get(slice.column);
    if (values) return measureSlices(slice, values, outcomes, quality.threshold);
    return { ...slice, reason: `the held-out rows have no column '${slice.column}': add it to the schema's facets` };
  });
}
