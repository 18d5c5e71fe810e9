import { setTimeout as wait } from 'node:timers/promises';
import {
  BatchGetCommand,
  BatchWriteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  type PutCommandInput,
  QueryCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { Conflict, InvalidInput, isNamed } from '../../shared/errors';
import type { Item, Write } from './items';
import { toRecord } from './items';
import { chainCounterKey, type Key } from './keys';
import { numberChanges, type Part, SEQUENCE } from './numbering';
import type { Page, PageRequest } from './types';

const MAX_TRIES = 60;
const MAX_PAGE = 200;
const DEFAULT_PAGE = 50;
/** What the service takes in one BatchGetItem and BatchWriteItem. */
const MAX_GETS = 100;
const MAX_PUTS = 25;

/** A part of the table in order. */
export interface Range {
  readonly index?: 'GSI1' | 'GSI2';
  readonly pk: string;
  /** Sort keys that begin so. */
  readonly prefix?: string;
  /** Sort keys from `prefix` up to this one. */
  readonly upTo?: string;
  readonly backwards?: boolean;
}

/** Conditions of a transaction that did not hold; nothing was written. */
export class ConditionFailed extends Error {
  constructor(readonly failed: readonly string[]) {
    super(`Not written: ${failed.join(', ')}.`);
    this.name = 'ConditionFailed';
  }
}

/** What an attempt answers that lost a race and should read again. */
export const LOST = Symbol('lost');

/** The table's verbs: strongly consistent gets, queries in pages, transactions. */
export class Table {
  constructor(
    private readonly client: DynamoDBDocumentClient,
    private readonly name: string,
    private readonly clock: () => Date,
  ) {}

  now(): Date {
    return this.clock();
  }

  time(): string {
    return this.clock().toISOString();
  }

  async get(key: Key): Promise<Item | undefined> {
    const { Item } = await this.client.send(new GetCommand({ TableName: this.name, Key: key, ConsistentRead: true }));
    return Item;
  }

  async record<T>(key: Key): Promise<T | undefined> {
    const item = await this.get(key);
    return item && toRecord<T>(item);
  }

  /** The items of a range, page by page. @throws InvalidInput for a limit or token that this list never gave. */
  async page(range: Range, { limit = DEFAULT_PAGE, next }: PageRequest = {}): Promise<Page<Item>> {
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) {
      throw new InvalidInput(`A page has 1 to ${MAX_PAGE} entries, not ${limit}.`);
    }
    const { items, last } = await this.read(range, limit, next);
    return { items, ...(last ? { next: encodeToken(last) } : {}) };
  }

  /** One query, of as many items as one answer holds; `last` where there may be more. */
  async read(range: Range, limit: number, token?: string): Promise<{ items: Item[]; last?: Item }> {
    const { Items = [], LastEvaluatedKey } = await this.client.send(
      new QueryCommand({
        TableName: this.name,
        ...conditionsOf(range),
        ScanIndexForward: !range.backwards,
        Limit: limit,
        ExclusiveStartKey: token === undefined ? undefined : decodeToken(range, token),
      }),
    );
    return { items: Items, last: LastEvaluatedKey };
  }

  /** Token of the part of a range that begins after an item. */
  tokenAfter({ index }: Range, item: Item): string {
    const names = ['PK', 'SK', ...(index ? [`${index}PK`, `${index}SK`] : [])];
    return encodeToken(Object.fromEntries(names.map((name) => [name, item[name]])));
  }

  /** In the order of the keys; each may be asked for twice. */
  async getAll(keys: readonly Key[]): Promise<(Item | undefined)[]> {
    const found = new Map<string, Item>();
    const idOf = ({ PK, SK }: Item | Key): string => `${PK} ${SK}`;
    const wanted = [...new Map(keys.map((key) => [idOf(key), key])).values()];
    for (let open: Item[] = wanted.map((key) => ({ ...key })); open.length > 0; ) {
      const [now, later] = [open.slice(0, MAX_GETS), open.slice(MAX_GETS)];
      const { Responses, UnprocessedKeys } = await this.client.send(
        new BatchGetCommand({ RequestItems: { [this.name]: { Keys: now, ConsistentRead: true } } }),
      );
      for (const item of Responses?.[this.name] ?? []) found.set(idOf(item), item);
      open = [...later, ...(UnprocessedKeys?.[this.name]?.Keys ?? [])];
    }
    return keys.map((key) => found.get(idOf(key)));
  }

  /** Items written whatever was there, each key once. */
  async putAll(items: readonly Item[]): Promise<void> {
    const batches: Item[][] = [];
    for (let at = 0; at < items.length; at += MAX_PUTS) batches.push(items.slice(at, at + MAX_PUTS));
    await Promise.all(batches.map((batch) => this.putBatch(batch)));
  }

  private async putBatch(items: readonly Item[]): Promise<void> {
    let requests = items.map((Item) => ({ PutRequest: { Item } }));
    await this.retry(async () => {
      const { UnprocessedItems } = await this.client.send(
        new BatchWriteCommand({ RequestItems: { [this.name]: requests } }),
      );
      requests = (UnprocessedItems?.[this.name] ?? []) as typeof requests;
      return requests.length > 0 ? LOST : undefined;
    });
  }

  /** One put, without a transaction's price. @throws ConditionFailed as `write` does. */
  async putAlone({ name, Put }: Write): Promise<void> {
    try {
      await this.client.send(new PutCommand({ ...Put, TableName: this.name } as PutCommandInput));
    } catch (error) {
      if (isNamed(error, 'ConditionalCheckFailedException')) throw new ConditionFailed([name]);
      throw error;
    }
  }

  async pageOf<T>(range: Range, request?: PageRequest): Promise<Page<T>> {
    const { items, ...rest } = await this.page(range, request);
    return { items: items.map((item) => toRecord<T>(item)), ...rest };
  }

  /** Every item of a range; for ranges that one thing owns. */
  async all(range: Range): Promise<Item[]> {
    const found: Item[] = [];
    let next: string | undefined;
    do {
      const page = await this.page(range, { limit: MAX_PAGE, next });
      found.push(...page.items);
      next = page.next;
    } while (next !== undefined);
    return found;
  }

  /**
   * All of the writes or none.
   * @throws ConditionFailed with the names of the writes whose condition did not hold.
   */
  async write(parts: readonly Part[]): Promise<void> {
    await this.retry(async () => {
      const writes = await numberChanges(parts, this.time(), (chain) => this.lastChangeOf(chain));
      const TransactItems = writes.map(({ name: _, ...write }) =>
        Object.fromEntries(Object.entries(write).map(([verb, input]) => [verb, { ...input, TableName: this.name }])),
      ) as TransactWriteCommandInput['TransactItems'];
      try {
        return await this.client.send(new TransactWriteCommand({ TransactItems }));
      } catch (error) {
        return readCancellation(error, writes);
      }
    });
  }

  private async lastChangeOf(chain: string): Promise<number> {
    return ((await this.get(chainCounterKey(chain)))?.last as number | undefined) ?? 0;
  }

  /** Tries until an attempt doesn't lose; waits a random, growing time between. */
  async retry<T>(attempt: () => Promise<T | typeof LOST>): Promise<T> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const result = await attempt();
      if (result !== LOST) return result;
      await wait(Math.random() * Math.min(400, 10 * 2 ** Math.min(tries, 6)));
    }
    throw new Conflict(
      `The registry was changed by others each of ${MAX_TRIES} times that this write was tried. Try again.`,
    );
  }
}

/** LOST for a collision with another transaction, or its number taken by one: that may be tried again; throws for all else. */
function readCancellation(error: unknown, writes: readonly Write[]): typeof LOST {
  if (isNamed(error, 'TransactionInProgressException')) return LOST;
  if (!isNamed(error, 'TransactionCanceledException')) throw error;
  const reasons = (error as { CancellationReasons?: { Code?: string }[] }).CancellationReasons ?? [];
  const failed = writes.filter((_, i) => reasons[i]?.Code === 'ConditionalCheckFailed').map(({ name }) => name);
  const told = failed.filter((name) => name !== SEQUENCE);
  if (told.length > 0) throw new ConditionFailed(told);
  if (failed.length > 0) return LOST;
  const passing = ['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded'];
  if (reasons.some(({ Code }) => passing.includes(Code ?? ''))) return LOST;
  throw error;
}

function conditionsOf({ index, pk, prefix, upTo }: Range) {
  const [hash, sort] = [index ? `${index}PK` : 'PK', index ? `${index}SK` : 'SK'];
  const range = upTo ? `${sort} BETWEEN :prefix AND :upTo` : `begins_with(${sort}, :prefix)`;
  return {
    IndexName: index,
    ConsistentRead: index === undefined,
    KeyConditionExpression: prefix === undefined ? `${hash} = :pk` : `${hash} = :pk AND ${range}`,
    ExpressionAttributeValues: {
      ':pk': pk,
      ...(prefix === undefined ? {} : { ':prefix': prefix }),
      ...(upTo === undefined ? {} : { ':upTo': upTo }),
    },
  };
}

const encodeToken = (key: Item): string => Buffer.from(JSON.stringify(key)).toString('base64url');

/** A token may lead only within its own list: its keys are those of the range, and text. */
function decodeToken({ index, pk, prefix = '' }: Range, token: string): Item {
  const [hash, sort] = [index ? `${index}PK` : 'PK', index ? `${index}SK` : 'SK'];
  const expected = [...new Set(['PK', 'SK', hash, sort])].sort().join();
  try {
    const key = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as Item;
    const whole = Object.keys(key).sort().join() === expected && Object.values(key).every((v) => typeof v === 'string');
    if (whole && key[hash] === pk && (key[sort] as string).startsWith(prefix)) return key;
  } catch {
    // Not JSON: the same answer as for JSON of another list.
  }
  throw new InvalidInput(`'${token}' is no page token of this list. Use 'next' of the page before, unchanged.`);
}
