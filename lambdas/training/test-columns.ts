import { type CsvSource, readCsv } from '../../core/csv';
import { ProblemLog } from '../../core/problems';
import type { SplitInfo } from '../../lib/training/contract';
import { digesting } from '../shared/bytes';
import { parseS3Uri } from '../shared/s3.client';
import { RunFailed } from './errors';

export interface ReadTools {
  readonly read: (bucket: string, key: string) => Promise<AsyncIterable<Uint8Array>>;
}

/**
 * Columns of text of a file that the split wrote about the test rows, one entry a row.
 * @param columns the file's columns where it has no header
 * @throws RunFailed where the file is not the one that the split wrote.
 */
export async function readColumns(
  what: string,
  uri: string,
  digest: string,
  names: readonly string[],
  split: SplitInfo,
  { read }: ReadTools,
  columns?: readonly string[],
): Promise<string[][]> {
  const { bucket, key } = parseS3Uri(uri);
  const file = digesting(await read(bucket, key));
  const problems = new ProblemLog();
  const found: string[][] = names.map(() => []);
  let at = names.map((name) => columns?.indexOf(name) ?? -1);
  const source: CsvSource = { file: uri, bytes: file.bytes, gzip: false };
  await readCsv(
    source,
    problems,
    {
      header: (header) => {
        at = names.map((name) => header.indexOf(name));
        return !at.includes(-1);
      },
      row: (fields) => {
        for (const [index, column] of found.entries()) column.push(fields[at[index]!]!);
      },
    },
    columns ? { header: false, fieldCount: columns.length } : {},
  );
  const found256 = file.sha256();
  if (found256 !== digest) {
    throw new RunFailed(`${what} ${uri} have the SHA-256 ${found256}, the split wrote ${digest}.`);
  }
  const [problem] = problems.summary().problems;
  if (problem) throw new RunFailed(`${what} ${uri} can't be read: ${problem.message}`);
  if (found.some((column) => column.length !== split.rows.test)) {
    throw new RunFailed(`${what} ${uri} have ${found[0]!.length} rows for ${split.rows.test} test rows.`);
  }
  return found;
}

/** The facets that the split kept for the test rows. */
export const readFacets = (uri: string, split: SplitInfo, names: readonly string[], tools: ReadTools) =>
  readColumns('The facets', uri, split.facetsSha256!, names, split, tools);
