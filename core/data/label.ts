import type { DataSchema } from '../../lib/data/contract';
import type { DataProblem, ProblemLog } from '../problems';
import { shownField } from './shown';
import { classOf, detached, isMissing, parseNumber } from './values';

/** What was seen in the label: rows per class, or the range of a number. */
export type LabelReport =
  | {
      readonly kind: 'classes';
      readonly name: string;
      readonly classes: readonly { readonly value: string; readonly rows: number }[];
    }
  | {
      readonly kind: 'range';
      readonly name: string;
      readonly min?: number;
      readonly max?: number;
      readonly mean?: number;
    };

/** More classes than this are not counted apart. */
export const CLASS_LIMIT = 1000;

/** Counts the label's classes, or its range, and says what keeps it from being learned. */
export class LabelCounter {
  private readonly classes = new Map<string, number>();
  private overflow = false;
  private rows = 0;
  private sum = 0;
  private min = Number.POSITIVE_INFINITY;
  private max = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly schema: DataSchema,
    private readonly problems: ProblemLog,
  ) {}

  add(field: string, line: number, file?: string): void {
    const place = { file, line, field: this.schema.label };
    if (isMissing(field)) {
      const hint = 'Give every row a label, or leave the row out.';
      this.problems.add({ code: 'missing-label', ...place, message: 'The row has no label.', hint });
      return;
    }
    if (this.schema.problem === 'regression') this.addNumber(field, place);
    else this.addClass(classOf(field));
  }

  /** Adds what is wrong with the label as a whole, and answers what was seen. */
  finish(): LabelReport {
    const name = this.schema.label;
    if (this.schema.problem === 'regression') {
      const seen = this.rows > 0 ? { min: this.min, max: this.max, mean: this.sum / this.rows } : {};
      if (this.rows > 0 && this.min === this.max) this.oneValue(`Every label is ${this.min}`);
      return { kind: 'range', name, ...seen };
    }
    this.judgeClasses();
    const classes = [...this.classes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([value, rows]) => ({ value, rows }));
    return { kind: 'classes', name, classes };
  }

  private addNumber(field: string, place: Partial<DataProblem>): void {
    const value = parseNumber(field);
    if (value === undefined) {
      const message = `The label ${shownField(field)} is no number.`;
      this.problems.add({
        code: 'bad-label',
        ...place,
        message,
        hint: 'A regression learns numbers: correct the label.',
      });
      return;
    }
    this.rows += 1;
    this.sum += value;
    this.min = Math.min(this.min, value);
    this.max = Math.max(this.max, value);
  }

  private addClass(value: string): void {
    const count = this.classes.get(value);
    if (count !== undefined) this.classes.set(value, count + 1);
    else if (this.classes.size < CLASS_LIMIT) this.classes.set(detached(value), 1);
    else this.overflow = true;
  }

  private judgeClasses(): void {
    const values = [...this.classes.keys()].sort();
    const field = this.schema.label;
    const found = `${values.slice(0, 5).map(shownField).join(', ')}${values.length > 5 ? ', …' : ''}`;
    if (values.length === 1) this.oneValue(`Every label is ${shownField(values[0]!)}`);
    const isBinary = this.schema.problem === 'binary';
    if (this.overflow || (isBinary && values.length > 2)) {
      const count = this.overflow ? `more than ${CLASS_LIMIT}` : values.length;
      const message = `The label has ${count} classes (${found})${isBinary ? ' where a binary problem has 2' : ''}.`;
      const hint = isBinary
        ? 'Correct the labels, or set problem to multiclass.'
        : 'Is it a number? Set problem to regression.';
      this.problems.add({ code: 'too-many-classes', field, message, hint });
    } else if (isBinary && values.length === 2 && !this.classes.has(positiveClass(this.schema))) {
      const message = `No label is ${shownField(positiveClass(this.schema))}, the positive class; the labels are ${found}.`;
      this.problems.add({ code: 'bad-label', field, message, hint: 'Set positive in the schema to one of them.' });
    }
  }

  private oneValue(what: string): void {
    const hint = 'Add rows with other labels: nothing can be learned from one.';
    this.problems.add({ code: 'one-class', field: this.schema.label, message: `${what}.`, hint });
  }
}

/** The class that counts as positive in a binary problem. */
export function positiveClass(schema: Pick<DataSchema, 'positive'>): string {
  return classOf(schema.positive ?? '1');
}
