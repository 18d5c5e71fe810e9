import { detached, isInteger, isMissing, parseNumber } from './values';

/** The types that SageMaker Model Monitor infers; Unknown where a column has no value. */
export type InferredType = 'Integral' | 'Fractional' | 'String' | 'Unknown';

/** What was seen in one column. */
export interface ColumnReport {
  readonly name: string;
  readonly inferredType: InferredType;
  /** Rows without a value. */
  readonly missing: number;
  /** Distinct values as they are written, counted up to `DISTINCT_LIMIT`. */
  readonly distinct: number;
  /** True where there are more distinct values than were counted. */
  readonly distinctCapped: boolean;
  /** Range of the values; for columns of numbers only. */
  readonly min?: number;
  readonly max?: number;
}

/** A value that is no number, and where it stands. */
export interface OddValue {
  readonly file?: string;
  readonly line: number;
  readonly value: string;
}

/** How many distinct values of a column are counted. */
export const DISTINCT_LIMIT = 1000;

const ODD_LIMIT = 5;

/** Takes a column's fields one by one and keeps counts, never the fields. */
export class ColumnCounter {
  present = 0;
  missing = 0;
  numeric = 0;
  /** The first values that are no numbers. */
  readonly odd: OddValue[] = [];
  private integral = 0;
  private min = Number.POSITIVE_INFINITY;
  private max = Number.NEGATIVE_INFINITY;
  private readonly values = new Set<string>();
  private capped = false;

  constructor(readonly name: string) {}

  /** @returns false where the field has a value that is no number. */
  add(field: string, line: number, file?: string): boolean {
    if (isMissing(field)) {
      this.missing += 1;
      return true;
    }
    this.present += 1;
    this.countDistinct(field);
    const value = parseNumber(field);
    if (value === undefined) {
      if (this.odd.length < ODD_LIMIT) this.odd.push({ file, line, value: detached(field) });
      return false;
    }
    this.numeric += 1;
    if (isInteger(field)) this.integral += 1;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
    return true;
  }

  report(): ColumnReport {
    const inferredType = this.inferredType();
    const range = inferredType === 'Integral' || inferredType === 'Fractional' ? { min: this.min, max: this.max } : {};
    const { name, missing, capped } = this;
    return { name, inferredType, missing, distinct: this.values.size, distinctCapped: capped, ...range };
  }

  private inferredType(): InferredType {
    if (this.present === 0) return 'Unknown';
    if (this.integral === this.present) return 'Integral';
    return this.numeric === this.present ? 'Fractional' : 'String';
  }

  private countDistinct(field: string): void {
    if (this.capped || this.values.has(field)) return;
    if (this.values.size === DISTINCT_LIMIT) this.capped = true;
    else this.values.add(detached(field));
  }
}
