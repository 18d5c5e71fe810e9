/** What can be wrong with data. A code never changes its meaning: programs branch on it, people read `message`. */
export type DataProblemCode =
  | 'bad-encoding'
  | 'bad-gzip'
  | 'bad-json'
  | 'bad-label'
  | 'bad-number'
  | 'bad-parquet'
  | 'bad-prediction'
  | 'bad-quote'
  | 'bad-time'
  | 'bare-carriage-return'
  | 'blank-column'
  | 'duplicate-column'
  | 'duplicate-source'
  | 'empty-file'
  | 'extra-column'
  | 'header-differs'
  | 'missing-column'
  | 'missing-label'
  | 'missing-prediction'
  | 'no-rows'
  | 'not-finite'
  | 'not-utf8'
  | 'one-class'
  | 'ragged-row'
  | 'record-too-long'
  | 'too-many-classes'
  | 'too-many-columns'
  | 'too-many-missing'
  | 'unclosed-quote'
  | 'unsafe-integer';

/** One thing wrong with data, told to the person who has to mend it. */
export interface DataProblem {
  readonly code: DataProblemCode;
  /** The file's name as the caller gave it. */
  readonly file?: string;
  /** 1-based line in the (decompressed) file, counted in line feeds, the header being line 1. */
  readonly line?: number;
  /** 1-based position of the field in its row. */
  readonly column?: number;
  /** Name of the column. */
  readonly field?: string;
  /** What is wrong, with the value received. */
  readonly message: string;
  /** What to do about it. */
  readonly hint: string;
}

/** The problems kept, and how many there were in all. */
export interface ProblemSummary {
  readonly total: number;
  readonly byCode: Readonly<Partial<Record<DataProblemCode, number>>>;
  readonly problems: readonly DataProblem[];
}

/**
 * Collects problems and keeps the first few of them, so that a file in which every row is bad costs no memory.
 * Problems of rows and problems of whole files or columns are limited apart: many bad rows never hide that the label
 * has one class.
 */
export class ProblemLog {
  private readonly ofRows: DataProblem[] = [];
  private readonly ofFiles: DataProblem[] = [];
  private readonly counts = new Map<DataProblemCode, number>();
  private count = 0;

  /** @param limit how many problems of each of the two kinds are kept; default 20. */
  constructor(private readonly limit = 20) {}

  /** How many problems were added, kept or not. */
  get total(): number {
    return this.count;
  }

  add(problem: DataProblem): void {
    this.count += 1;
    this.counts.set(problem.code, (this.counts.get(problem.code) ?? 0) + 1);
    const kept = problem.line === undefined ? this.ofFiles : this.ofRows;
    if (kept.length < this.limit) kept.push(problem);
  }

  /** Takes over what another log has found. */
  addSummary({ total, byCode, problems }: ProblemSummary): void {
    this.count += total;
    for (const [code, count] of Object.entries(byCode) as [DataProblemCode, number][]) {
      this.counts.set(code, (this.counts.get(code) ?? 0) + count);
    }
    for (const problem of problems) {
      const kept = problem.line === undefined ? this.ofFiles : this.ofRows;
      if (kept.length < this.limit) kept.push(problem);
    }
  }

  summary(): ProblemSummary {
    const sorted = [...this.counts].sort(([a], [b]) => (a < b ? -1 : 1));
    return { total: this.count, byCode: Object.fromEntries(sorted), problems: [...this.ofFiles, ...this.ofRows] };
  }
}

/** Where a problem is, for example `train.csv, line 7, field age`; empty where nothing is known. */
export function placeOf(problem: DataProblem): string {
  const field = problem.field ?? (problem.column === undefined ? undefined : `number ${problem.column}`);
  return [problem.file, problem.line && `line ${problem.line}`, field && `field ${field}`].filter(Boolean).join(', ');
}

/** A value as it is shown in a message: quoted, with control characters escaped, cut at 40 characters. */
export function shown(value: string): string {
  return JSON.stringify(value.length > 40 ? `${value.slice(0, 39)}…` : value);
}
