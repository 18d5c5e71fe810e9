import { type CsvSource, readCsv } from '../csv';
import { classOf, detached, isMissing, parseNumber } from '../data';
import { nearest } from '../nearest';
import { type ProblemLog, shown } from '../problems';
import type { BiasData } from './analysis';
import { codeFacet, type Facet, FacetError, type TextColumn } from './facets';
import { flipTest } from './flip-test';
import { NoValue } from './metrics';

/** Which columns of a table are what. */
export interface BiasColumns {
  readonly label: string;
  /** Column of predictions: classes, or with `threshold` probabilities of the positive class. @default - none */
  readonly predicted?: string;
  /** From this probability on a row is predicted positive. @default - the column holds classes */
  readonly threshold?: number;
  /** The class that counts as positive. @default '1' */
  readonly positive?: string;
  readonly facets: readonly Facet[];
  /** Column by which demographic disparity is conditioned. @default - none */
  readonly condition?: string;
  /** Numeric columns for the flip test. @default - no flip test */
  readonly features?: readonly string[];
}

/** Rows ready to be measured, and how many of the table's were left out because something is wrong with them. */
export interface BiasRows {
  readonly data: BiasData;
  readonly rows: number;
  readonly leftOut: number;
}

/**
 * Reads the columns that fairness is measured by from one table. Rows without label or prediction are left out and named
 * in `problems`.
 * @throws FacetError where a column is not there, or the rows can't be judged by it.
 */
export async function readBiasRows(source: CsvSource, columns: BiasColumns, problems: ProblemLog): Promise<BiasRows> {
  const table = new Table(columns, problems, source.file);
  const { badRows } = await readCsv(source, problems, {
    header: (names) => table.begin(names),
    row: (fields, line) => table.add(fields, line),
  });
  return { data: table.data(), rows: table.rows, leftOut: table.leftOut + badRows };
}

class Table {
  private readonly kept = new Map<string, string[]>();
  private readonly shared = new Map<string, string>();
  private readonly at = new Map<string, number>();
  private readonly labels: number[] = [];
  private readonly predictions: number[] = [];
  private readonly positive: string;
  leftOut = 0;

  constructor(
    private readonly columns: BiasColumns,
    private readonly problems: ProblemLog,
    private readonly file?: string,
  ) {
    this.positive = classOf(columns.positive ?? '1');
  }

  get rows(): number {
    return this.labels.length;
  }

  begin(names: readonly string[]): boolean {
    const { label, predicted, facets, condition, features = [] } = this.columns;
    const kept = [
      ...facets.flatMap(({ parts }) => parts.map(({ column }) => column)),
      condition ?? [],
      features,
    ].flat();
    const wanted = [label, predicted ?? [], kept].flat();
    for (const name of wanted) this.at.set(name, names.indexOf(name));
    for (const name of kept) this.kept.set(name, []);
    const missing = [...new Set(wanted)].filter((name) => !names.includes(name));
    if (missing.length === 0) return true;
    const [guess] = nearest(missing[0]!, names);
    throw new FacetError(
      `There is no column ${missing.map(shown).join(', ')}${guess ? `; is it ${shown(guess)}?` : '.'} ` +
        `The columns are ${names.join(', ')}.`,
    );
  }

  add(fields: readonly string[], line: number): void {
    const { label, predicted, threshold } = this.columns;
    const actual = fields[this.at.get(label)!]!;
    if (isMissing(actual)) {
      this.leave('missing-label', line, label, 'The row has no label.');
      return;
    }
    let prediction: number | undefined;
    if (predicted !== undefined) {
      const answer = fields[this.at.get(predicted)!]!;
      prediction = this.judged(answer, threshold);
      if (prediction === undefined) {
        const wanted = threshold === undefined ? 'class' : 'probability';
        this.leave('bad-prediction', line, predicted, `The prediction ${shown(answer)} is no ${wanted}.`);
        return;
      }
    }
    this.labels.push(Number(classOf(actual) === this.positive));
    if (prediction !== undefined) this.predictions.push(prediction);
    for (const [name, values] of this.kept) values.push(this.share(fields[this.at.get(name)!]!));
  }

  data(): BiasData {
    const { facets, condition, predicted, features, label } = this.columns;
    if (this.rows === 0) throw new FacetError('There is no row to measure.');
    const labels = Uint8Array.from(this.labels);
    if (new Set(labels).size === 1) {
      const all = labels[0] === 1 ? 'is' : 'is not';
      throw new FacetError(`Every ${label} ${all} ${shown(this.positive)}, the positive class: name another one.`);
    }
    const column = (name: string): TextColumn => this.kept.get(name)!;
    return {
      labels,
      ...(predicted !== undefined && { predictions: Uint8Array.from(this.predictions) }),
      facets: facets.map((facet) => codeFacet(facet, column)),
      ...(condition !== undefined && { condition: codesOf(column(condition)) }),
      ...(features && features.length > 0 && { flipTest: flipTestOver(features, column) }),
    };
  }

  private judged(answer: string, threshold: number | undefined): number | undefined {
    if (isMissing(answer)) return undefined;
    if (threshold === undefined) return Number(classOf(answer) === this.positive);
    const probability = parseNumber(answer);
    return probability === undefined ? undefined : Number(probability >= threshold);
  }

  private leave(code: 'missing-label' | 'bad-prediction', line: number, field: string, message: string): void {
    this.leftOut += 1;
    const hint = 'Give every row a label and a prediction; this one was left out.';
    this.problems.add({ code, file: this.file, line, field, message, hint });
  }

  /** One copy of each value, that holds none of the file's text. */
  private share(field: string): string {
    const known = this.shared.get(field);
    if (known !== undefined) return known;
    const own = detached(field);
    if (this.shared.size < 100_000) this.shared.set(own, own);
    return own;
  }
}

/** Each value of the column, blanks included, is a stratum. */
function codesOf(column: TextColumn): NonNullable<BiasData['condition']> {
  const seen = new Map<string, number>();
  const codes = Int32Array.from(column, (field) => {
    const value = classOf(field);
    if (!seen.has(value)) seen.set(value, seen.size);
    return seen.get(value)!;
  });
  return { codes, size: seen.size };
}

/** @throws NoValue, once it is asked, where a feature is no number. */
function flipTestOver(names: readonly string[], column: (name: string) => TextColumn): BiasData['flipTest'] {
  const features = names.map((name) => Float64Array.from(column(name), (field) => parseNumber(field) ?? Number.NaN));
  return (isInGroup, predictions) => {
    for (const [at, values] of features.entries()) {
      const bad = values.findIndex(Number.isNaN);
      if (bad < 0) continue;
      const field = shown(column(names[at]!)[bad]!);
      throw new NoValue(`The flip test needs numbers; ${names[at]} has ${field} in row ${bad + 1}.`);
    }
    return flipTest(features, isInGroup, predictions);
  };
}
