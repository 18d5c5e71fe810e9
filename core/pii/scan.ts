import { type CsvSource, readCsv } from '../csv';
import type { ProblemLog } from '../problems';
import { detectPii, type PiiKind } from './detectors';

/** Personal data in a column: how much, never what. */
export interface PiiFinding {
  readonly column: string;
  readonly kind: PiiKind;
  /** Rows in which the column holds it. */
  readonly rows: number;
}

/** Looks at every value of a CSV file with a header, in one pass. */
export async function scanPii(
  source: CsvSource,
  problems: ProblemLog,
): Promise<{ readonly rows: number; readonly findings: PiiFinding[] }> {
  let columns: readonly string[] = [];
  const counts = new Map<string, { column: string; kind: PiiKind; rows: number }>();
  const { rows } = await readCsv(source, problems, {
    header: (names) => {
      columns = names;
      return true;
    },
    row: (fields) => {
      for (const [index, value] of fields.entries()) {
        for (const kind of detectPii(value)) {
          const key = `${index}:${kind}`;
          const found = counts.get(key) ?? { column: columns[index] ?? `${index + 1}`, kind, rows: 0 };
          found.rows += 1;
          counts.set(key, found);
        }
      }
    },
  });
  return { rows, findings: [...counts.values()] };
}
