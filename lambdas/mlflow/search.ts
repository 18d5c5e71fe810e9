import { comparing, type Order, type Read, SearchError } from '../../core/mlflow';
import type { Document, DocumentStore } from '../registry/store/documents';
import type { Range } from '../registry/store/table';
import { invalid } from './errors';

export interface Search<T> {
  readonly store: DocumentStore;
  /** Lists in which the entities are, each in the natural order. */
  readonly ranges: readonly Range[];
  /** What must be known of entities before they are judged. */
  readonly prepare?: (values: readonly T[]) => Promise<void>;
  readonly accept: (value: T) => boolean;
  /** Orderings that the caller named, the natural one behind them; undefined: the lists' own. */
  readonly orders?: readonly Order[];
  readonly read: Read<T>;
  readonly limit: number;
  readonly token?: string;
}

export interface Found<T> {
  readonly items: T[];
  readonly token?: string;
}

/** Items that one query reads. */
const PAGE = 200;
/** An answer of a Lambda function has 6 MB at the most. */
const MOST_BYTES = 4.5 * 1024 * 1024;
/** Entities that are looked at to learn whether a full page is the last one. */
const MOST_LOOKED = 1_000;
/** What an order that no list has is made of, in memory. */
const MOST_SORTED = 50_000;

/** Turns errors of the grammar into the client's. */
export const parsed = <R>(parse: () => R): R => {
  try {
    return parse();
  } catch (error) {
    if (error instanceof SearchError) throw invalid(error.message);
    throw error;
  }
};

/**
 * One page of a search. In a list's own order it reads on until the page is full; in any other it reads all and sorts.
 * Pages are also cut where an answer would grow too long.
 */
export const search = <T>(request: Search<T>): Promise<Found<T>> =>
  request.orders === undefined && request.ranges.length === 1 ? inOrder(request) : sorted(request);

async function inOrder<T>({ store, ranges, prepare, accept, limit, token }: Search<T>): Promise<Found<T>> {
  const items: T[] = [];
  let next = token === undefined ? undefined : read(token, 'k');
  let bytes = 0;
  // Set once the page is full: it is told only where something more is found, or after a long look.
  let rest: string | undefined;
  for (let looked = 0; rest === undefined || looked < MOST_LOOKED; ) {
    const page = await store.page<T>(ranges[0]!, Math.min(PAGE, limit + 1), next);
    await prepare?.(page.items.map(({ value }) => value));
    for (const [i, { value }] of page.items.entries()) {
      if (rest !== undefined) looked++;
      if (!accept(value)) continue;
      if (rest !== undefined) return { items, token: `k${rest}` };
      items.push(value);
      bytes += sizeOf(value);
      if (items.length < limit && bytes <= MOST_BYTES) continue;
      rest = page.tokenAfter(i);
      if (rest === undefined) return { items };
    }
    next = page.items.length === 0 ? undefined : page.tokenAfter(page.items.length - 1);
    if (next === undefined) return { items };
  }
  return { items, token: `k${rest}` };
}

async function sorted<T>(request: Search<T>): Promise<Found<T>> {
  const { store, ranges, prepare, accept, orders = [], limit, token } = request;
  const all: T[] = [];
  for (const range of ranges) {
    for await (const page of pagesOf<T>(store, range)) {
      const values = page.map(({ value }) => value);
      await prepare?.(values);
      all.push(...values.filter(accept));
      if (all.length > MOST_SORTED) {
        throw invalid(`More than ${MOST_SORTED} entries match; they can't be put into this order. Narrow the filter.`);
      }
    }
  }
  all.sort(comparing(orders, request.read));
  const from = token === undefined ? 0 : Number(read(token, 'o'));
  if (!Number.isSafeInteger(from) || from < 0) throw badToken(token!);
  const items: T[] = [];
  for (let bytes = 0; items.length < limit && from + items.length < all.length && bytes <= MOST_BYTES; ) {
    const value = all[from + items.length]!;
    items.push(value);
    bytes += sizeOf(value);
  }
  const to = from + items.length;
  return { items, ...(to < all.length ? { token: `o${to}` } : {}) };
}

/** Every document of a list. */
export async function* everyOf<T>(store: DocumentStore, range: Range): AsyncGenerator<Document<T>> {
  for await (const page of pagesOf<T>(store, range)) yield* page;
}

async function* pagesOf<T>(store: DocumentStore, range: Range): AsyncGenerator<Document<T>[]> {
  let token: string | undefined;
  do {
    const page = await store.page<T>(range, PAGE, token);
    yield page.items;
    token = page.items.length === 0 ? undefined : page.tokenAfter(page.items.length - 1);
  } while (token !== undefined);
}

function read(token: string, kind: string): string {
  if (token.startsWith(kind)) return token.slice(1);
  throw badToken(token);
}

const badToken = (token: string) =>
  invalid(`Invalid page token '${token.slice(0, 100)}'. Use the token of the page before with the same search.`);

const sizeOf = (value: unknown): number => JSON.stringify(value).length;
