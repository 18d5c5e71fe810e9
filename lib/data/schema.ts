import { Token } from 'aws-cdk-lib';
import type { DataSchema } from './contract';

/** What is predicted. */
export enum ProblemType {
  /** One of two classes. */
  BINARY = 'binary',
  /** One of three or more classes. */
  MULTICLASS = 'multiclass',
  /** A number. */
  REGRESSION = 'regression',
}

/** What a column holds. */
export enum FeatureType {
  /** Numbers; validation names every value that is none. */
  NUMERIC = 'numeric',
  /** One of few values. */
  CATEGORICAL = 'categorical',
  /** Any text. */
  STRING = 'string',
}

/** One feature column. */
export interface Feature {
  /** Name of the column, as in the header. */
  readonly name: string;
  /** @default FeatureType.NUMERIC */
  readonly type?: FeatureType;
}

/**
 * The shape of a labelled table: CSV files with a header.
 *
 * @example
 * const schema = { label: 'default', id: 'application_id', time: 'applied_at', facets: ['sex', 'age'] };
 */
export interface DataSchemaProps {
  /** Column that holds what is to be predicted. */
  readonly label: string;
  /** What is predicted. @default ProblemType.BINARY */
  readonly problem?: ProblemType;
  /** Column that identifies a row; never a feature. @default - none */
  readonly id?: string;
  /** Column of the row's time; never a feature. @default - none */
  readonly time?: string;
  /** Columns by which people are grouped when fairness is judged. @default - none */
  readonly facets?: string[];
  /** Feature columns, in the order in which the model takes them. @default - every column that is not label, id or time */
  readonly features?: Feature[];
  /** The label's value that counts as positive; for binary problems. @default '1' */
  readonly positive?: string;
  /** Highest share of missing values allowed in a column, 0 to 1. @default 0.5 */
  readonly maxMissingShare?: number;
}

/**
 * The schema as handlers read it.
 * @param owner whose schema it is, for the message
 * @throws Error that names everything wrong with the schema.
 * @internal
 */
export function toDataSchema(owner: string, props: DataSchemaProps): DataSchema {
  const problems = [...columnProblems(props), ...featureProblems(props), ...valueProblems(props)];
  if (problems.length > 0) throw new Error(`The data schema of ${owner} can't be used: ${problems.join('; ')}.`);
  const { label, id, time, facets, positive, maxMissingShare } = props;
  return {
    label,
    problem: `${props.problem ?? ProblemType.BINARY}`,
    ...(id !== undefined && { id }),
    ...(time !== undefined && { time }),
    ...(facets && { facets }),
    ...(props.features && {
      features: props.features.map(({ name, type }) => ({ name, type: `${type ?? FeatureType.NUMERIC}` as const })),
    }),
    ...(positive !== undefined && { positive }),
    ...(maxMissingShare !== undefined && { maxMissingShare }),
  };
}

function columnProblems({ label, id, time, facets }: DataSchemaProps): string[] {
  const problems: string[] = [];
  const roles = { label, id, time };
  for (const [role, column] of Object.entries(roles)) {
    if (column !== undefined && column.trim() === '') problems.push(`${role} must name a column, received '${column}'`);
  }
  const named = Object.entries(roles).filter(([, column]) => column !== undefined);
  for (const [index, [role, column]] of named.entries()) {
    const other = named.slice(0, index).find(([, earlier]) => earlier === column);
    if (other) problems.push(`${role} and ${other[0]} are both '${column}'`);
  }
  for (const facet of facets ?? []) {
    if (facet.trim() === '') problems.push(`facets must name columns, received '${facet}'`);
    if (facet === label) problems.push(`the facet '${facet}' is the label`);
    if (facet === id) problems.push(`the facet '${facet}' is the id, by which nobody is grouped`);
  }
  return [...problems, ...repeated('facets', facets ?? [])];
}

function featureProblems({ label, id, time, features }: DataSchemaProps): string[] {
  if (features === undefined) return [];
  if (features.length === 0) return ['features must name at least one column; leave it out to use all'];
  const problems: string[] = [];
  const taken = new Map<string | undefined, string>([
    [time, 'time'],
    [id, 'id'],
    [label, 'label'],
  ]);
  for (const { name } of features) {
    if (name.trim() === '') problems.push(`features must name columns, received '${name}'`);
    const role = taken.get(name);
    if (role) problems.push(`the feature '${name}' is the ${role}`);
  }
  return [
    ...problems,
    ...repeated(
      'features',
      features.map(({ name }) => name),
    ),
  ];
}

function valueProblems({ problem, positive, maxMissingShare }: DataSchemaProps): string[] {
  const problems: string[] = [];
  if (positive !== undefined && (problem ?? ProblemType.BINARY) !== ProblemType.BINARY) {
    problems.push(`positive is for binary problems, not for '${problem}'`);
  }
  if (positive !== undefined && positive.trim() === '') problems.push('positive must not be empty');
  if (maxMissingShare !== undefined && !Token.isUnresolved(maxMissingShare)) {
    const fits = maxMissingShare >= 0 && maxMissingShare <= 1;
    if (!fits) problems.push(`maxMissingShare is a share from 0 to 1, received ${maxMissingShare}`);
  }
  return problems;
}

function repeated(list: string, names: readonly string[]): string[] {
  const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  return [...twice].map((name) => `${list} names '${name}' more than once`);
}
