import type { Clause } from './filter';
import { type Grammar, type Identifier, identify, type Kind } from './grammar';
import { SearchError } from './tokens';

export type Value = string | number | undefined;

/** How the search reads an entity: every value of a clause's subject. One, save for datasets, of which a run has many. */
export type Read<T> = (entity: T, kind: Kind, key: string) => readonly Value[];

/** True where every clause holds. What an entity doesn't have meets no comparison. */
export const matches = <T>(entity: T, clauses: readonly Clause[], read: Read<T>): boolean =>
  clauses.every((clause) => meets(read(entity, clause.kind, clause.key), clause));

function meets(values: readonly Value[], { comparator, value }: Clause): boolean {
  const present = values.filter((one) => one !== undefined);
  if (comparator === 'IS NULL') return present.length === 0;
  if (comparator === 'IS NOT NULL') return present.length > 0;
  return present.some((one) => compare(one, comparator, value));
}

function compare(one: string | number, comparator: string, value: Clause['value']): boolean {
  switch (comparator) {
    case '=':
      return one === value;
    case '!=':
      return one !== value;
    case '<':
      return one < value!;
    case '<=':
      return one <= value!;
    case '>':
      return one > value!;
    case '>=':
      return one >= value!;
    case 'IN':
      return (value as string[]).includes(String(one));
    case 'NOT IN':
      return !(value as string[]).includes(String(one));
    default:
      return like(String(one), String(value), comparator === 'ILIKE');
  }
}

/** SQL's LIKE: `%` stands for any text, `_` for any one character. */
export function like(text: string, pattern: string, ignoreCase: boolean): boolean {
  const [value, wanted] = ignoreCase ? [text.toLowerCase(), pattern.toLowerCase()] : [text, pattern];
  const [characters, parts] = [Array.from(value), Array.from(wanted)];
  // Two pointers and one way back, to the latest `%`: no pattern makes it slow.
  let [i, j, star, from] = [0, 0, -1, 0];
  while (i < characters.length) {
    if (j < parts.length && parts[j] === '%') [star, from] = [j++, i];
    else if (j < parts.length && (parts[j] === '_' || parts[j] === characters[i])) [i, j] = [i + 1, j + 1];
    else if (star >= 0) [j, from, i] = [star + 1, from + 1, from + 1];
    else return false;
  }
  while (parts[j] === '%') j++;
  return j === parts.length;
}

export interface Order extends Identifier {
  readonly ascending: boolean;
}

const ORDER = /^\s*((?:[^\s`"]|`[^`]*`|"[^"]*")+)(?:\s+(\w+))?\s*$/;

/** The orderings that a search names, such as `metrics.acc DESC`. @throws SearchError also for one that comes twice. */
export function parseOrders(texts: readonly string[], grammar: Grammar): Order[] {
  const seen = new Set<string>();
  return texts.map((text) => {
    const [, name, direction = 'ASC'] = ORDER.exec(text) ?? [];
    if (!name) throw new SearchError(`Invalid order_by clause '${text}'. Write it like 'metrics.acc DESC'.`);
    if (!/^(asc|desc)$/i.test(direction)) {
      throw new SearchError(
        `Invalid ordering key in order_by clause '${text}': '${direction}' is neither ASC nor DESC.`,
      );
    }
    const identifier = identify(name, grammar, grammar.orderable);
    const id = `${identifier.kind}.${identifier.key}`;
    if (seen.has(id)) throw new SearchError(`order_by names '${name}' twice: ${texts.join(', ')}.`);
    seen.add(id);
    return { ...identifier, ascending: direction.toUpperCase() === 'ASC' };
  });
}

/** Compares by each ordering in turn. NaN comes after numbers, what an entity doesn't have after that, in either direction. */
export function comparing<T>(orders: readonly Order[], read: Read<T>): (a: T, b: T) => number {
  return (a, b) => {
    for (const { kind, key, ascending } of orders) {
      const order = compareValues(read(a, kind, key)[0], read(b, kind, key)[0], ascending);
      if (order !== 0) return order;
    }
    return 0;
  };
}

function compareValues(a: Value, b: Value, ascending: boolean): number {
  const [last, other] = [rank(a), rank(b)];
  if (last !== other) return last - other;
  if (last > 0 || a === b) return 0;
  return a! < b! === ascending ? -1 : 1;
}

const rank = (value: Value): number => (value === undefined ? 2 : Number.isNaN(value) ? 1 : 0);
