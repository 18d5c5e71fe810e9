import { type DataProblem, type DataProblemCode, ProblemLog, shown } from '../problems';
import { Column, type ColumnOptions } from './column';
import { type FeatureProfile, type Profile, type ProfileSource, present } from './types';

export interface TableOptions {
  /** Profile whose edges the values are counted in. @default - sketches are kept */
  readonly baseline?: Profile;
  /** Names of the columns of sources that have none. @default - those of the baseline, else `_c0`, `_c1`, … */
  readonly columns?: readonly string[];
  /** Columns that hold what a model answered. */
  readonly predictions?: readonly string[];
  /** Column that holds the row's time. */
  readonly time?: string;
}

/** More columns than this are not profiled: a header of a million names must not take the memory. */
const COLUMN_LIMIT = 5000;
/** A time that lies this far before one already seen is late. */
const LATE_MS = 3_600_000;

/** The columns of a table, whatever file its rows come from. */
export class Table {
  readonly columns = new Map<string, Column>();
  rows = 0;
  badRows = 0;
  readonly sources: ProfileSource[] = [];
  private from = Number.POSITIVE_INFINITY;
  private to = Number.NEGATIVE_INFINITY;
  private late = 0;
  private readonly baseline: ReadonlyMap<string, FeatureProfile>;

  /** @param onColumn sees each column as it is made */
  constructor(
    readonly options: TableOptions = {},
    readonly problems = new ProblemLog(),
    private readonly onColumn?: (column: Column) => void,
  ) {
    this.baseline = new Map(options.baseline?.features.map((feature) => [feature.name, feature]));
  }

  /** The column of this name, made when it is first asked for. */
  column(name: string, role?: 'prediction'): Column {
    const known = this.columns.get(name);
    if (known) return known;
    const isPrediction = role === 'prediction' || this.options.predictions?.includes(name);
    const made = new Column(name, optionsFor(this.baseline.get(name), isPrediction ? 'prediction' : 'feature'));
    if (this.columns.size < COLUMN_LIMIT) {
      this.columns.set(name, made);
      this.onColumn?.(made);
    } else if (this.columns.size === COLUMN_LIMIT) {
      const hint = 'Give a table with fewer columns, or the features one by one.';
      this.problem(
        'too-many-columns',
        {},
        `There are more than ${COLUMN_LIMIT} columns; the others were left out.`,
        hint,
      );
    }
    return made;
  }

  /** Names for the fields of a source without a header. */
  namesFor(count: number, role: 'feature' | 'prediction' = 'feature'): string[] {
    const given = this.options.columns ?? [...this.baseline.values()].filter((f) => f.role === role).map((f) => f.name);
    if (role === 'feature' && given.length === count) return [...given];
    if (role === 'prediction')
      return Array.from({ length: count }, (_, at) => (count === 1 ? 'prediction' : `prediction_${at}`));
    return Array.from({ length: count }, (_, at) => `_c${at}`);
  }

  /** Takes a row's time, in milliseconds since 1970. */
  time(at: number): void {
    if (at < this.from) this.from = at;
    if (at > this.to) this.to = at;
    else if (at < this.to - LATE_MS) this.late += 1;
  }

  problem(code: DataProblemCode, place: Partial<DataProblem>, message: string, hint: string): void {
    const known = Object.fromEntries(Object.entries(place).filter(([, value]) => value !== undefined));
    this.problems.add({ code, ...known, message, hint });
  }

  finish(): Profile {
    const features = [...this.columns.values()].map((column) => this.finishColumn(column));
    const times = this.to >= this.from ? { times: { from: this.from, to: this.to, late: this.late } } : {};
    const { rows, badRows, sources } = this;
    return { sources, rows, badRows, ...times, features, problems: this.problems.summary() };
  }

  private finishColumn(column: Column): FeatureProfile {
    const made = column.finish();
    const { nan, infinite, unsafe, text } = made.kinds;
    const field = column.name;
    const told = (code: DataProblemCode, count: number, what: string, hint: string): void => {
      if (count > 0) this.problem(code, { field }, `${shown(field)}: ${count} ${what}.`, hint);
    };
    told(
      'not-finite',
      nan + infinite,
      'values are NaN, infinite or too large for a double',
      'They are counted apart and left out of the numbers.',
    );
    told(
      'unsafe-integer',
      unsafe,
      'integers are past 2^53, where a double no longer tells neighbours apart',
      'Write identifiers as text.',
    );
    const odd = made.type !== 'String' && present(made.kinds) > text ? text : 0;
    told(
      'bad-number',
      odd,
      'values in a column of numbers are text',
      'Correct or empty them; they are counted as text.',
    );
    told('not-utf8', column.notUtf8, 'values are not UTF-8 and were read as Latin-1', 'Save the file as UTF-8.');
    return made;
  }
}

function optionsFor(baseline: FeatureProfile | undefined, role: 'feature' | 'prediction'): ColumnOptions {
  if (!baseline) return { role };
  const common = { role: baseline.role };
  if (baseline.type === 'String') return { ...common, asText: true };
  const { numeric } = baseline;
  if (!numeric?.bins) return common;
  const { edges, deciles } = numeric.bins;
  return { ...common, edges, deciles, centre: numeric.n > 0 ? numeric.sum / numeric.n : 0 };
}
