import { type CsvSource, readCsv } from '../csv';
import { ProblemLog } from '../problems';
import { ColumnCounter, type InferredType } from './column';

/** A table as a manifest tells it: how much there is, in which columns, and none of the values. */
export interface TableFacts {
  /** Well-formed rows. */
  readonly rows: number;
  readonly badRows: number;
  readonly columns: readonly {
    readonly name: string;
    readonly type: InferredType;
    /** Rows without a value. */
    readonly missing: number;
  }[];
}

/** Wider tables are not described. */
const MOST_COLUMNS = 500;

/**
 * Describes CSV files as one table, in one pass and bounded memory.
 * @returns undefined where they are none: no header, other headers, or more columns than a manifest holds
 */
export async function describeTable(sources: readonly CsvSource[]): Promise<TableFacts | undefined> {
  let columns: ColumnCounter[] | undefined;
  let fits = true;
  const sums = { rows: 0, badRows: 0 };
  for (const source of sources) {
    const { rows, badRows } = await readCsv(source, new ProblemLog(1), {
      header: (names) => {
        columns ??= names.map((name) => new ColumnCounter(name));
        const known = columns;
        fits = names.length <= MOST_COLUMNS && names.length === known.length;
        fits &&= names.every((name, at) => name === known[at]!.name);
        return fits;
      },
      row: (fields, line) => {
        for (const [at, field] of fields.entries()) columns![at]!.add(field, line);
      },
    });
    sums.rows += rows;
    sums.badRows += badRows;
    if (!fits || !columns) return undefined;
  }
  const facts = columns?.map((column) => column.report()) ?? [];
  return (
    columns && { ...sums, columns: facts.map(({ name, inferredType: type, missing }) => ({ name, type, missing })) }
  );
}
