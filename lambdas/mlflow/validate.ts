import { keyProblem, LIMIT, shortened } from '../../core/mlflow';
import { invalid } from './errors';
import type { Input } from './input';

export interface KeyValue {
  readonly key: string;
  readonly value: string;
}

/** A number, or text for what JSON's numbers can't say. */
export type Double = number | 'NaN';

export interface Metric {
  readonly key: string;
  readonly value: Double;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly step: number;
  readonly model_id?: string;
  readonly dataset_name?: string;
  readonly dataset_digest?: string;
}

/** A key and the text at it, of which a run keeps so much, as MLflow does. @throws MlflowError for a key that is none */
export const shortPairOf = (input: Input, most: number, path: string): KeyValue => ({
  key: keyOf(input, path),
  value: (input.optionalText('value') ?? '').slice(0, most),
});

/** A key and the text at it. @throws MlflowError where either is not what MLflow keeps */
export const pairOf = (input: Input, most: number, path: string): KeyValue => {
  const key = keyOf(input, path);
  const value = input.optionalText('value') ?? '';
  if (value.length > most) {
    throw invalid(
      `'${path}.value' of '${key}' exceeds the maximum length of ${most} characters: it has ${value.length}.`,
    );
  }
  return { key, value };
};

/** A key of a metric, parameter or tag. */
export const keyOf = (input: Input, path: string): string => {
  const key = input.optionalText('key');
  if (key === undefined)
    throw invalid(`Missing value for required parameter '${path}.key'. A key name must be provided.`);
  checkKey(key, path);
  return key;
};

export const checkKey = (key: string, path: string): void => {
  if (key.length > LIMIT.key) {
    throw invalid(
      `'${path}.key' exceeds the maximum length of ${LIMIT.key} characters: '${shortened(key)}' has ${key.length}.`,
    );
  }
  const problem = keyProblem(key);
  if (problem) throw invalid(`Invalid value ${JSON.stringify(key)} for parameter '${path}.key' supplied: ${problem}.`);
};

/** A metric's point as it is kept: infinities become the largest doubles, as MLflow's databases hold them. */
export const metricOf = (input: Input, path: string): Metric => {
  const key = keyOf(input, path);
  const timestamp = input.integer('timestamp');
  if (timestamp === undefined || timestamp < 0) {
    const got = shortened(JSON.stringify(input.raw('timestamp') ?? null));
    throw invalid(
      `Invalid value ${got} for parameter '${path}.timestamp' of metric '${key}': it must be a nonnegative long.`,
    );
  }
  const model = input.optionalText('model_id');
  const [name, digest] = [input.optionalText('dataset_name'), input.optionalText('dataset_digest')];
  return {
    key,
    value: doubleOf(input.raw('value'), `${path}.value`, key),
    timestamp,
    step: input.integer('step') ?? 0,
    ...(model ? { model_id: model } : {}),
    ...(name ? { dataset_name: name } : {}),
    ...(digest ? { dataset_digest: digest } : {}),
  };
};

function doubleOf(value: unknown, path: string, key: string): Double {
  if (value === undefined || value === null)
    throw invalid(`Missing value for required parameter '${path}' of metric '${key}'.`);
  if (typeof value === 'number') return value;
  if (value === 'NaN') return 'NaN';
  if (value === 'Infinity') return Number.MAX_VALUE;
  if (value === '-Infinity') return -Number.MAX_VALUE;
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
  if (Number.isFinite(number)) return number;
  throw invalid(
    `Invalid value ${shortened(JSON.stringify(value))} for parameter '${path}' of metric '${key}': specify a double.`,
  );
}

export const numberOf = (value: Double): number => (value === 'NaN' ? Number.NaN : value);

/** Tags or parameters as a map, later ones over earlier ones. */
export const mapOf = (pairs: readonly KeyValue[]): Record<string, string> =>
  Object.fromEntries(pairs.map(({ key, value }) => [key, value]));
/** A map as MLflow answers it. */
export const pairsOf = (map: Readonly<Record<string, string>>): KeyValue[] =>
  Object.entries(map).map(([key, value]) => ({ key, value }));
