import type { ProblemSummary } from '../problems';
import type { Kll } from './kll';

/** The types that SageMaker Model Monitor infers; Unknown where a feature has no value. */
export type FeatureType = 'Integral' | 'Fractional' | 'String' | 'Unknown';

/** What values of a feature looked like, in values. Each value is counted once, but for `unsafe`, which are integral too. */
export interface ValueKinds {
  /** Numbers written without a point: `7`. */
  readonly integral: number;
  /** Numbers written with a point or an exponent: `7.0`. */
  readonly fractional: number;
  readonly text: number;
  /** Blank, NA, N/A, null, or JSON's null. */
  readonly missing: number;
  readonly nan: number;
  /** Infinities, and numbers beyond a double's range, as 1e400. */
  readonly infinite: number;
  /** Integers past 2^53, which a double can't tell apart. */
  readonly unsafe: number;
}

/** Counts in fixed bins: bin i holds edges[i-1] ≤ x < edges[i], the first and last bin being open. */
export interface Bins {
  readonly edges: Float64Array;
  /** The nine deciles of the data from which the edges were made (numpy's linear quantiles). All are edges. */
  readonly deciles: readonly number[];
  /** One more than edges. */
  readonly counts: Float64Array;
  /** Sum of the values in each bin. */
  readonly sums: Float64Array;
}

/** How much a baseline differs from itself: the largest statistic of any of its blocks in time against the whole. */
export interface Variation {
  readonly blocks: number;
  readonly ks: number;
  readonly psi: number;
}

export interface NumericProfile {
  readonly n: number;
  readonly min: number;
  readonly max: number;
  readonly sum: number;
  /** Sum of squared distances from the mean. */
  readonly m2: number;
  readonly bins?: Bins;
  /** In place of bins where there were no edges yet. */
  readonly sketch?: Kll;
}

export interface TextProfile {
  readonly n: number;
  /** Values with their counts, most frequent first, then by value. Exact unless `error` is above 0. */
  readonly counts: ReadonlyMap<string, number>;
  /** Each count may be too low by at most this; 0 while there are few enough values. */
  readonly error: number;
  /** HyperLogLog registers; present where values were dropped. */
  readonly registers?: Uint8Array;
}

export interface FeatureProfile {
  readonly name: string;
  readonly role: 'feature' | 'prediction';
  readonly type: FeatureType;
  /** Rows that had a place for this feature: files without the column don't count. */
  readonly rows: number;
  readonly kinds: ValueKinds;
  readonly numeric?: NumericProfile;
  readonly text?: TextProfile;
  readonly variation?: Variation;
  /** True where it was watched that no number of this column occurred twice. */
  readonly unique?: boolean;
}

export interface ProfileSource {
  /** What tells the source apart, and the order in which sums are added. */
  readonly key: string;
  readonly rows: number;
  readonly badRows: number;
}

/** What was seen in a table: small, and mergeable with profiles of the table's other parts. */
export interface Profile {
  readonly sources: readonly ProfileSource[];
  readonly rows: number;
  /** Rows or records left out because something was wrong with them. */
  readonly badRows: number;
  /** Milliseconds since 1970, where the data have times. */
  readonly times?: { readonly from: number; readonly to: number; readonly late: number };
  readonly features: readonly FeatureProfile[];
  readonly problems: ProblemSummary;
}

/** Values that are there and usable. */
export const present = (kinds: ValueKinds): number => kinds.integral + kinds.fractional + kinds.text;
/** Values that are not there or not usable: blank, NaN, infinite. */
export const absent = (kinds: ValueKinds): number => kinds.missing + kinds.nan + kinds.infinite;
