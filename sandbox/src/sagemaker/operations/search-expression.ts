import { validationError } from '../api/errors';
import type { Input } from './support';

interface Filter {
  readonly Name: string;
  readonly Operator?: string;
  readonly Value?: string;
}

export interface SearchExpression {
  readonly Filters?: Filter[];
  readonly NestedFilters?: { NestedPropertyName: string; Filters: Filter[] }[];
  readonly SubExpressions?: SearchExpression[];
  readonly Operator?: 'And' | 'Or';
}

/**
 * Whether a record satisfies a search expression; each property's name is given to `known`, which may refuse it.
 * Without an expression every record does.
 */
export function matchesExpression(
  expression: SearchExpression | undefined,
  record: Input,
  known: (name: string) => void,
): boolean {
  if (!expression) return true;
  const { Filters = [], NestedFilters = [], SubExpressions = [], Operator } = expression;
  const conditions = [
    ...Filters.map((filter) => matchesFilter(filter, record, known)),
    ...NestedFilters.map(({ NestedPropertyName, Filters: inner }) => {
      known(NestedPropertyName);
      // The filters of one nested property are about one and the same of its items.
      return valuesAt(record, NestedPropertyName).some((item) =>
        inner.every((filter) => matchesFilter(inside(filter, NestedPropertyName), item as Input, () => undefined)),
      );
    }),
    ...SubExpressions.map((inner) => matchesExpression(inner, record, known)),
  ];
  if (conditions.length === 0) return true;
  return Operator === 'Or' ? conditions.some(Boolean) : conditions.every(Boolean);
}

const inside = (filter: Filter, property: string): Filter =>
  filter.Name.startsWith(`${property}.`) ? { ...filter, Name: filter.Name.slice(property.length + 1) } : filter;

function matchesFilter(filter: Filter, record: Input, known: (name: string) => void): boolean {
  const { Name, Value } = filter;
  known(Name);
  const operator = filter.Operator ?? (Value === undefined ? 'Exists' : 'Equals');
  const values = valuesAt(record, Name);
  if (operator === 'Exists') return values.length > 0;
  if (operator === 'NotExists') return values.length === 0;
  if (Value === undefined) throw validationError(`The filter on ${Name} needs a Value for ${operator}.`);
  if (operator === 'NotEquals') return values.every((value) => !equals(value, Value));
  return values.some((value) => compares(operator, value, Value));
}

function compares(operator: string, value: unknown, wanted: string): boolean {
  if (operator === 'Equals') return equals(value, wanted);
  if (operator === 'In') return wanted.split(',').some((one) => equals(value, one.trim()));
  if (operator === 'Contains') return String(value).includes(wanted);
  const [left, right] = typeof value === 'number' ? [value, numberOf(wanted)] : [String(value), wanted];
  switch (operator) {
    case 'GreaterThan':
      return left > right;
    case 'GreaterThanOrEqualTo':
      return left >= right;
    case 'LessThan':
      return left < right;
    default:
      return left <= right;
  }
}

const equals = (value: unknown, wanted: string): boolean =>
  typeof value === 'number' ? value === numberOf(wanted) : String(value) === wanted;

/** Numbers as they are, times as seconds since the epoch. */
function numberOf(text: string): number {
  const number = Number(text);
  return text.trim() !== '' && !Number.isNaN(number) ? number : Date.parse(text) / 1000;
}

/**
 * The values that a property's path leads to: through lists to each of their items, `Tags.<key>` to that tag's value,
 * `Metrics.<name>` to that final metric's value. A key of a map may itself hold dots.
 */
export function valuesAt(record: unknown, path: string): unknown[] {
  if (record === undefined || record === null) return [];
  if (Array.isArray(record)) return record.flatMap((item) => valuesAt(item, path));
  if (path === '') return [record];
  if (typeof record !== 'object') return [];
  const holder = record as Record<string, unknown>;
  if (Object.hasOwn(holder, path)) return valuesAt(holder[path], '');
  const dot = path.indexOf('.');
  if (dot < 0) return [];
  const [first, rest] = [path.slice(0, dot), path.slice(dot + 1)];
  if (first === 'Tags') return named(holder.Tags, 'Key', rest, 'Value');
  if (first === 'Metrics') return named(holder.FinalMetricDataList, 'MetricName', rest, 'Value');
  return Object.hasOwn(holder, first) ? valuesAt(holder[first], rest) : [];
}

function named(items: unknown, key: string, name: string, value: string): unknown[] {
  const list = Array.isArray(items) ? (items as Input[]) : [];
  const exact = list.filter((item) => item[key] === name).map((item) => item[value]);
  return exact.length > 0 ? exact : list.flatMap((item) => valuesAt(item, name));
}
