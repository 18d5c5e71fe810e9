import * as sagemaker from '@aws-sdk/client-sagemaker';

/** A schema of the SDK: `[kind, namespace, name, traits, members, schemas, required]`, a list's at index 4. */
type Schema = readonly unknown[] | number | (() => Schema);

const STRUCTURE = 3;
const LIST = 1;

const resolve = (schema: Schema): readonly unknown[] | number =>
  typeof schema === 'function' ? resolve(schema()) : schema;

/** What is wrong with a request by the SDK's own model: members that it doesn't have, required members missing. */
export function requestProblems(operation: string, request: unknown): string[] {
  const shapes = sagemaker as unknown as Record<string, Schema>;
  const shape = shapes[`${operation}Request$`] ?? shapes[`${operation}Input$`];
  if (!shape) return [`SageMaker has no operation ${operation}`];
  return problemsAt(operation, shape, request);
}

function problemsAt(path: string, schema: Schema, value: unknown): string[] {
  const shape = resolve(schema);
  if (typeof shape === 'number' || typeof value === 'string') return [];
  if (shape[0] === LIST) {
    const items = Array.isArray(value) ? value : [value];
    return items.flatMap((item, index) => problemsAt(`${path}[${index}]`, shape[4] as Schema, item));
  }
  if (shape[0] !== STRUCTURE) return [];
  const names = shape[4] as string[];
  const schemas = shape[5] as Schema[];
  const given = value as Record<string, unknown>;
  const required = names.slice(0, (shape[6] as number | undefined) ?? 0);
  return [
    ...required.filter((name) => given[name] === undefined).map((name) => `${path}.${name} is missing`),
    ...Object.entries(given).flatMap(([name, inner]) => {
      const at = names.indexOf(name);
      return at < 0 ? [`${path}.${name} is unknown`] : problemsAt(`${path}.${name}`, schemas[at]!, inner);
    }),
  ];
}
