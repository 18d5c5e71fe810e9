import { type CsvSource, readCsv } from '../../core/csv';
import { ExplainError, type Explanation, explain, pointsOf } from '../../core/explain';
import { ProblemLog } from '../../core/problems';
import type { RunContext, SplitInfo, WalksInfo } from '../../lib/training/contract';
import { digesting } from '../shared/bytes';
import { parseS3Uri } from '../shared/s3.client';
import { RunFailed } from './errors';
import type { ReadTools } from './test-columns';

/** What the evaluation keeps of what drives the answers. What can't be measured is no failure of the run. */
export type ExplanationEvidence =
  | (Explanation & { readonly predictions: { readonly uri: string; readonly sha256: string } })
  | { readonly reason: string };

/**
 * What drives a model's answers, by those that it gave for the rows which the split wrote for it.
 * @returns undefined where the run explains nothing.
 * @throws RunFailed where the rows are not those of the split, or were not all answered.
 */
export async function explanationsOf(
  split: SplitInfo,
  { schema, uris }: Pick<RunContext, 'schema' | 'uris'>,
  tools: ReadTools,
): Promise<ExplanationEvidence | undefined> {
  const found = split.explain;
  if (!found || 'reason' in found) return found;
  const { sha256, walks } = found;
  await checkRows(`${uris.test}explain.csv`, sha256, tools);
  const uri = `${uris.transform}explain.csv.out`;
  const { answers, digest } = await readAnswers(uri, split, walks, tools);
  const features = split.columns.slice(1);
  try {
    return {
      ...explain(walks, answers, features, schema.problem, schema.facets),
      predictions: { uri, sha256: digest },
    };
  } catch (error) {
    if (error instanceof ExplainError) return { reason: error.message };
    throw error;
  }
}

async function checkRows(uri: string, recorded: string, { read }: ReadTools): Promise<void> {
  const { bucket, key } = parseS3Uri(uri);
  const rows = digesting(await read(bucket, key));
  for await (const _ of rows.bytes);
  const digest = rows.sha256();
  if (digest !== recorded) {
    throw new RunFailed(`The rows to explain ${uri} have the SHA-256 ${digest}, the split wrote ${recorded}.`);
  }
}

/** The answers, in the order of the walks' points. */
async function readAnswers(uri: string, { columns }: SplitInfo, walks: WalksInfo['walks'], { read }: ReadTools) {
  const { bucket, key } = parseS3Uri(uri);
  const file = digesting(await read(bucket, key));
  const problems = new ProblemLog();
  const source: CsvSource = { file: uri, bytes: file.bytes, gzip: false };
  const expected = walks.reduce((sum, walk) => sum + pointsOf(walk), 0);
  const answers: string[] = new Array(expected);
  let count = 0;
  const row = (fields: readonly string[]): void => {
    answers[Number(fields[0])] = fields[columns.length]!;
    count += 1;
  };
  await readCsv(source, problems, { row }, { header: false, fieldCount: columns.length + 1 });
  const [problem] = problems.summary().problems;
  if (problem) throw new RunFailed(`The answers for the rows to explain, ${uri}, can't be read: ${problem.message}`);
  const isWhole = count === expected && answers.length === expected && !answers.includes(undefined as never);
  if (!isWhole) throw new RunFailed(`${uri} has ${count} answers for the ${expected} rows to explain.`);
  return { answers, digest: file.sha256() };
}
