import type { DataSchema, PrivacySpec } from '../../lib/data/contract';
import { type CsvSource, type CsvVisitor, readCsv } from '../csv';
import { ProblemLog, type ProblemSummary, placeOf } from '../problems';
import { ColumnCounter, type ColumnReport } from './column';
import { columnRoles, headerDifference, headerProblems } from './header';
import { LabelCounter, type LabelReport } from './label';
import { shownField } from './shown';

/** What validation saw and judged. The same bytes and schema give the same report. */
export interface DataReport {
  readonly passed: boolean;
  /** Why it did not pass, in one sentence; absent where it did. */
  readonly reason?: string;
  /** Well-formed rows of all files. */
  readonly rows: number;
  /** Rows left out because they were malformed. */
  readonly badRows: number;
  readonly files: readonly { readonly file?: string; readonly rows: number; readonly badRows: number }[];
  /** Every column in the order of the file. */
  readonly columns: readonly ColumnReport[];
  readonly label: LabelReport;
  readonly problems: ProblemSummary;
}

export interface ValidateOptions {
  /** How many problems of rows, and of files and columns, are listed; all are counted. Default 20. */
  readonly problemLimit?: number;
  /** What becomes of columns before training: what goes may be missing, and what is hashed is no number. */
  readonly privacy?: PrivacySpec['columns'];
  /** Sees the header and every well-formed row as well. */
  readonly observer?: { columns: readonly string[]; row(fields: readonly string[]): void };
}

const DEFAULT_MAX_MISSING_SHARE = 0.5;
/** From this share of numbers on, a column whose type the schema leaves open is taken for numbers with mistakes. */
const MOSTLY_NUMBERS = 0.95;
const MOSTLY_NUMBERS_ROWS = 20;

/**
 * Validates a labelled table in one pass and bounded memory. Several files are one table: each has the same header.
 * Faults of the data are in the report, never thrown.
 */
export async function validateData(
  sources: readonly CsvSource[],
  schema: DataSchema,
  options: ValidateOptions = {},
): Promise<DataReport> {
  const validation = new Validation(schema, new ProblemLog(options.problemLimit), options);
  for (const source of sources) await validation.read(source);
  return validation.report();
}

class Validation {
  private readonly label: LabelCounter;
  private readonly types: Map<string, string>;
  private readonly files: { file?: string; rows: number; badRows: number }[] = [];
  private columns: ColumnCounter[] = [];
  private header: readonly string[] | undefined;
  private labelIndex = -1;

  constructor(
    private readonly schema: DataSchema,
    private readonly problems: ProblemLog,
    private readonly options: ValidateOptions,
  ) {
    this.label = new LabelCounter(schema, problems);
    this.types = new Map(schema.features?.map(({ name, type }) => [name, type]));
  }

  async read(source: CsvSource): Promise<void> {
    const visitor: CsvVisitor = {
      header: (columns) => this.onHeader(columns, source.file),
      row: (fields, line) => this.onRow(fields, line, source.file),
    };
    const { rows, badRows } = await readCsv(source, this.problems, visitor);
    this.files.push({ file: source.file, rows, badRows });
  }

  report(): DataReport {
    if (this.files.length === 0) {
      this.problems.add({ code: 'no-rows', message: 'There is no file to read.', hint: 'Push at least one CSV file.' });
    }
    for (const column of this.columns) this.judge(column);
    const label = this.label.finish();
    const problems = this.problems.summary();
    return {
      passed: problems.total === 0,
      ...(problems.total > 0 && { reason: reasonOf(problems) }),
      rows: this.files.reduce((sum, { rows }) => sum + rows, 0),
      badRows: this.files.reduce((sum, { badRows }) => sum + badRows, 0),
      files: this.files,
      columns: this.columns.map((column) => column.report()),
      label,
      problems,
    };
  }

  private onHeader(columns: readonly string[], file?: string): boolean {
    if (this.header) {
      const difference = headerDifference(this.header, columns);
      if (difference === undefined) return true;
      const message = `The header differs from that of ${this.files[0]?.file ?? 'the first file'}: it ${difference}.`;
      const hint = 'Give all files of the dataset the same columns in the same order.';
      this.problems.add({ code: 'header-differs', file, message, hint });
      return false;
    }
    this.header = columns;
    if (this.options.observer) this.options.observer.columns = columns;
    this.columns = columns.map((name) => new ColumnCounter(name));
    this.labelIndex = columns.indexOf(this.schema.label);
    for (const problem of headerProblems(columns, this.schema, file, this.options.privacy)) this.problems.add(problem);
    return true;
  }

  private onRow(fields: readonly string[], line: number, file?: string): void {
    for (const [index, column] of this.columns.entries()) {
      const field = fields[index]!;
      const isNumber = column.add(field, line, file);
      if (!isNumber && this.types.get(column.name) === 'numeric') this.noNumber(column, field, line, file);
    }
    this.options.observer?.row(fields);
    if (this.labelIndex >= 0) this.label.add(fields[this.labelIndex]!, line, file);
  }

  private judge(column: ColumnCounter): void {
    const rows = column.present + column.missing;
    const limit = this.schema.maxMissingShare ?? DEFAULT_MAX_MISSING_SHARE;
    const isLabel = column.name === this.schema.label;
    const { [column.name]: rule } = this.options.privacy ?? {};
    if (!isLabel && rule !== 'drop' && rows > 0 && column.missing / rows > limit) {
      const share = `${((100 * column.missing) / rows).toFixed(1)}%`;
      const message = `${share} of the values are missing (${column.missing} of ${rows}); ${100 * limit}% are allowed.`;
      const hint = 'Fill the values, leave the column out, or raise maxMissingShare in the schema.';
      this.problems.add({ code: 'too-many-missing', field: column.name, message, hint });
    }
    const isOpen = !this.types.has(column.name) && !columnRoles(this.schema).has(column.name);
    const share = column.numeric / column.present;
    if (rule === 'drop' || rule === 'hash') return;
    if (!isOpen || column.present < MOSTLY_NUMBERS_ROWS || share < MOSTLY_NUMBERS) return;
    for (const { value, line, file } of column.odd) this.noNumber(column, value, line, file);
  }

  private noNumber(column: ColumnCounter, value: string, line: number, file?: string): void {
    const message = `${shownField(value)} is no number.`;
    const hint = 'Correct or empty the value, or declare the column as categorical in the schema.';
    this.problems.add({ code: 'bad-number', file, line, field: column.name, message, hint });
  }
}

function reasonOf({ problems, total }: ProblemSummary): string {
  const first = problems[0]!;
  const place = placeOf(first);
  const more = total > 1 ? ` (and ${total - 1} more)` : '';
  return `${place ? `${place}: ` : ''}${first.message} ${first.hint}${more}`;
}
