import { readCsv } from '../../core/csv';
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
import { ProblemLog } from '../../core/problems';
import type { Evaluation, Quality } from '../../core/quality';
import type { RunContext, SplitInfo } from '../../lib/training/contract';
import { digesting } from '../shared/bytes';
import { parseS3Uri } from '../shared/s3.client';
import { RunFailed } from './errors';

/** What the evaluation keeps of bias: counts, from which policies judge, and Clarify's analysis of them, for people. */
export type BiasEvidence = (BiasCells & { readonly analysis: ClarifyAnalysis }) | { readonly reason: string };

interface BiasDependencies {
  readonly read: (bucket: string, key: string) => Promise<AsyncIterable<Uint8Array>>;
}

/** A score from which on a row counts as predicted positive, where the evaluation names none. */
const THRESHOLD = 0.5;

/**
 * The bias of a model's predictions for the held-out rows, by the facets that the split kept for them. What can't be
 * measured is no failure of the run: the reason is kept, and a policy that needs the numbers fails with it.
 * @returns undefined where the schema has no facets.
 */
export async function biasOf(
  { quality, outcomes }: { readonly quality: Quality; readonly outcomes?: Evaluation['outcomes'] },
  split: SplitInfo,
  { schema, uris }: Pick<RunContext, 'schema' | 'uris'>,
  dependencies: BiasDependencies,
): Promise<BiasEvidence | undefined> {
  const names = schema.facets ?? [];
  if (names.length === 0) return undefined;
  if (!outcomes) return { reason: `Bias is measured for binary problems; this one is ${schema.problem}.` };
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

async function readFacets(
  uri: string,
  split: SplitInfo,
  names: readonly string[],
  { read }: BiasDependencies,
): Promise<string[][]> {
  const { bucket, key } = parseS3Uri(uri);
  const file = digesting(await read(bucket, key));
  const problems = new ProblemLog();
  const columns: string[][] = names.map(() => []);
  let at: number[] = [];
  await readCsv({ file: 'facets.csv', bytes: file.bytes, gzip: false }, problems, {
    header: (header) => {
      at = names.map((name) => header.indexOf(name));
      return !at.includes(-1);
    },
    row: (fields) => {
      for (const [index, column] of columns.entries()) column.push(fields[at[index]!]!);
    },
  });
  const digest = file.sha256();
  if (digest !== split.facetsSha256) {
    throw new RunFailed(`The facets ${uri} have the SHA-256 ${digest}, the split wrote ${split.facetsSha256}.`);
  }
  const [problem] = problems.summary().problems;
  if (problem) throw new RunFailed(`The facets ${uri} can't be read: ${problem.message}`);
  if (columns[0]!.length !== split.rows.test) {
    throw new RunFailed(`The facets ${uri} have ${columns[0]!.length} rows for ${split.rows.test} test rows.`);
  }
  return columns;
}
