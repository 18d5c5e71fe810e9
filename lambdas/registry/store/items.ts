/** Records as items and back, and the writes of which transactions are made. */
import { jsonText } from '../../../core/digest';
import { InvalidInput } from '../../shared/errors';
import { type Key, lineagePk } from './keys';

export type Item = Record<string, unknown>;

/** The service's limit is 400 KB; the rest is for keys, indexes and the growth of a record over its life. */
const MAX_ITEM_BYTES = 350 * 1024;

/** Free-form values, kept as JSON text: DynamoDB's numbers can't hold every double. */
const JSON_ATTRIBUTES = new Set(['plan', 'metrics', 'output', 'detail', 'facts', 'policies']);

/** What items hold beside their record. */
const INTERNAL = new Set([
  ...['PK', 'SK', 'GSI1PK', 'GSI1SK', 'GSI2PK', 'GSI2SK', 'expiresAt'],
  ...['openRelease', 'startedBy', 'recordedAt', 'deployment', 'noted'],
]);

/** One part of a transaction; `name` is how a failed condition is reported back. */
export interface Write {
  readonly name: string;
  readonly Put?: Item;
  readonly Update?: Item;
  readonly Delete?: Item;
  readonly ConditionCheck?: Item;
}

/** A condition: `#name` stands for the attribute of that name, `:name` for a value. */
export interface Condition {
  readonly text: string;
  readonly values?: Readonly<Record<string, unknown>>;
}

/** Whatever there is. */
export const ANY: Condition = { text: '' };
export const ABSENT: Condition = { text: 'attribute_not_exists(PK)' };
export const PRESENT: Condition = { text: 'attribute_exists(PK)' };
/** `#status` is one of the given. */
export const statusIn = (statuses: readonly string[]): Condition => ({
  text: `#status IN (${statuses.map((_, i) => `:status${i}`).join(', ')})`,
  values: Object.fromEntries(statuses.map((status, i) => [`:status${i}`, status])),
});
export const both = (a: Condition, b: Condition): Condition => ({
  text: `(${a.text}) AND (${b.text})`,
  values: { ...a.values, ...b.values },
});

/** A value as the table keeps it: free-form attributes as JSON, nothing undefined. */
const encode = (name: string, value: unknown): unknown => {
  if (name === 'metrics') checkMetrics(value as Record<string, number>);
  const text = jsonText(value);
  return JSON_ATTRIBUTES.has(name) ? text : JSON.parse(text);
};

const checkMetrics = (metrics: Record<string, number>): void => {
  const bad = Object.entries(metrics).filter(([, value]) => !Number.isFinite(value));
  if (bad.length === 0) return;
  const list = bad.map(([name, value]) => `${name} = ${value}`).join(', ');
  throw new InvalidInput(`Metrics are finite numbers; received ${list}. Leave out what can't be computed.`);
};

const encodeAll = (record: object): Item =>
  Object.fromEntries(
    Object.entries(record)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, encode(name, value)]),
  );

/** The record that an item holds. */
export const toRecord = <T>(item: Item): T =>
  Object.fromEntries(
    Object.entries(item)
      .filter(([name]) => !INTERNAL.has(name))
      .map(([name, value]) => [name, JSON_ATTRIBUTES.has(name) ? JSON.parse(value as string) : value]),
  ) as T;

const expressionOf = (condition: Condition, values: Item = {}, text = condition.text): Item => {
  const all = { ...values, ...condition.values };
  const names = Object.fromEntries([...text.matchAll(/#(\w+)/g)].map(([token, name]) => [token, name]));
  return {
    ...(condition.text === '' ? {} : { ConditionExpression: condition.text }),
    ...(Object.keys(names).length > 0 ? { ExpressionAttributeNames: names } : {}),
    ...(Object.keys(all).length > 0 ? { ExpressionAttributeValues: all } : {}),
  };
};

const guardSize = (key: Key, item: Item): void => {
  const bytes = Buffer.byteLength(JSON.stringify(item));
  if (bytes <= MAX_ITEM_BYTES) return;
  throw new InvalidInput(
    `${key.PK} ${key.SK} would take ${Math.ceil(bytes / 1024)} KB in the registry, which keeps at most ` +
      `${MAX_ITEM_BYTES / 1024} KB an item. Use fewer files (an archive of many), or keep long values in S3.`,
  );
};

/** Writes a whole item. */
export const put = (name: string, key: Key, record: object, condition: Condition = ABSENT): Write => {
  const item = { ...encodeAll(record), ...key };
  guardSize(key, item);
  return { name, Put: { Item: item, ...expressionOf(condition) } };
};

export interface UpdateParts {
  /** Undefined values are left as they are. */
  readonly set?: object;
  /** Set only where absent. */
  readonly once?: object;
  readonly remove?: readonly string[];
}

/** Changes attributes of an item that exists. */
export const update = (name: string, key: Key, parts: UpdateParts, condition: Condition = PRESENT): Write => {
  const set = encodeAll(parts.set ?? {});
  const once = encodeAll(parts.once ?? {});
  guardSize(key, { ...once, ...set });
  const assignments = [
    ...Object.keys(set).map((attribute) => `#${attribute} = :set_${attribute}`),
    ...Object.keys(once).map((attribute) => `#${attribute} = if_not_exists(#${attribute}, :set_${attribute})`),
  ];
  const text = [
    assignments.length > 0 ? `SET ${assignments.join(', ')}` : '',
    parts.remove?.length ? `REMOVE ${parts.remove.map((attribute) => `#${attribute}`).join(', ')}` : '',
  ]
    .join(' ')
    .trim();
  const values = Object.fromEntries(Object.entries({ ...once, ...set }).map(([key, value]) => [`:set_${key}`, value]));
  const expression = expressionOf(condition, values, `${text} ${condition.text}`);
  return { name, Update: { Key: key, UpdateExpression: text, ...expression } };
};

export const remove = (name: string, key: Key, condition: Condition): Write => ({
  name,
  Delete: { Key: key, ...expressionOf(condition) },
});

/** Holds a transaction back unless the condition is met. */
export const check = (name: string, key: Key, condition: Condition = PRESENT): Write => ({
  name,
  ConditionCheck: { Key: key, ...expressionOf(condition) },
});

/** An edge of the lineage, found from either end. Writing it again changes nothing. */
export const edge = (from: string, to: string): Write[] => [
  { name: 'lineage', Put: { Item: { PK: lineagePk(from), SK: `OUT#${to}` } } },
  { name: 'lineage', Put: { Item: { PK: lineagePk(to), SK: `IN#${from}` } } },
];
