import { type CsvSource, readCsv } from '../csv';
import type { ProblemLog } from '../problems';
import { PiiCounter, type PiiFinding } from './counter';

/** Looks at every value of a CSV file with a header, in one pass. */
export async function scanPii(
  source: CsvSource,
  problems: ProblemLog,
): Promise<{ readonly rows: number; readonly findings: PiiFinding[] }> {
  const counter = new PiiCounter();
  const { rows } = await readCsv(source, problems, {
    header: (names) => {
      counter.columns = names;
      return true;
    },
    row: (fields) => counter.row(fields),
  });
  return { rows, findings: counter.findings() };
}
