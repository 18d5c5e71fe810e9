/** What the data capability's constructs and handlers agree on. */

export type ProblemType = 'binary' | 'multiclass' | 'regression';

/** The shape of a labelled table, as handlers see it. */
export interface DataSchema {
  /** Column that holds what is to be predicted. */
  readonly label: string;
  /** Column that identifies a row; never a feature. */
  readonly id?: string;
  /** Column of the row's time; never a feature. */
  readonly time?: string;
  /** Columns by which people are grouped when fairness is judged. */
  readonly facets?: readonly string[];
  /** All feature columns in order; every other column of the file when absent. */
  readonly features?: readonly { readonly name: string; readonly type: 'numeric' | 'categorical' | 'string' }[];
  readonly problem: ProblemType;
  /** For `binary`: the label's value that counts as positive. Default `1`. */
  readonly positive?: string;
  /** Highest share of missing values allowed in a column, 0 to 1. Default 0.5. */
  readonly maxMissingShare?: number;
}

/** What becomes of a column: it stays, goes, is hashed with a key, or may not hold personal data. */
export type PrivacyAction = 'allow' | 'drop' | 'hash' | 'refuse';

/** How personal data in the columns is treated before anybody's code sees a row. */
export interface PrivacySpec {
  readonly columns: Readonly<Record<string, PrivacyAction>>;
  /** What happens where a column without a rule holds personal data: the run is rejected, or it is recorded. */
  readonly undeclared: 'allow' | 'refuse';
  /** Share of the rows that is scanned, above 0. Default 1: all. */
  readonly sample?: number;
}

/** A file of a dataset version, as it was when the version was made. */
export interface RecordedObject {
  readonly key: string;
  readonly versionId: string;
  readonly name: string;
  readonly sha256: string;
}

/** Input of the validation function, whatever stands behind it. */
export interface ValidateDataInput {
  readonly runId: string;
  readonly model: string;
  readonly bucket: string;
  readonly objects: readonly RecordedObject[];
  readonly schema: DataSchema;
  /** @default - findings are recorded, and no column is treated */
  readonly privacy?: PrivacySpec;
}

/** Its answer. `passed: false` rejects the run with `reason`; the report is kept as evidence. */
export interface ValidateDataOutput {
  readonly passed: boolean;
  readonly reason?: string;
  readonly rows: number;
  /** All columns of the file, in order. */
  readonly columns: readonly string[];
  readonly reportUri: string;
  readonly reportSha256: string;
  /** What was found of personal data; absent where a validator of one's own does not look for any. */
  readonly piiReport?: { readonly uri: string; readonly sha256: string };
}
