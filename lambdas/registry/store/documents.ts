import { randomUUID } from 'node:crypto';
import { sha256 } from '../../../core/digest';
import type { Actor, ChangeType } from '../../../lib/registry/contract';
import { StoreBase, type Subject } from './base';
import type { ChangeFacts } from './facts';
import type { Item, Write } from './items';
import type { Key } from './keys';
import type { Part } from './numbering';
import type { Range, Table } from './table';

/** Text that does not fit into an item is kept here. */
export interface Overflow {
  put(name: string, text: string): Promise<void>;
  get(name: string): Promise<string>;
}

/** A record as text of JSON, with the number of times that it was written. */
export interface Document<T> {
  readonly key: Key;
  readonly value: T;
  /** 0: not in the table yet. */
  readonly revision: number;
}

/** A document to be written, if it is still at the revision from which it was made. */
export interface Draft<T = unknown> extends Document<T> {
  /** Where lists find it: partition and sort key. */
  readonly lists?: { readonly GSI1?: readonly [string, string]; readonly GSI2?: readonly [string, string] };
}

/** The change that a write tells of. */
export interface Told {
  readonly type: ChangeType;
  readonly actor: Actor;
  readonly subject: Subject;
  /** What its audit says beside. */
  readonly facts?: ChangeFacts;
}

export interface DocumentPage<T> {
  readonly items: Document<T>[];
  /** Token of the part that begins after an item; undefined after the last one of all. */
  readonly tokenAfter: (index: number) => string | undefined;
}

/** The service takes 400 KB an item; keys, indexes and names need their part. */
const MOST_IN_ITEM = 380 * 1024;

/**
 * Documents of other forms than the registry's own: written whole, under the condition that nobody else wrote meanwhile.
 * One that doesn't fit into an item lies in the overflow, and the item says where.
 */
export class DocumentStore extends StoreBase {
  constructor(
    table: Table,
    private readonly overflow: Overflow,
  ) {
    super(table);
  }

  now(): number {
    return this.table.now().getTime();
  }

  async get<T>(key: Key): Promise<Document<T> | undefined> {
    const item = await this.table.get(key);
    return item && this.open<T>(item);
  }

  /** In the order of the keys. */
  async getAll<T>(keys: readonly Key[]): Promise<(Document<T> | undefined)[]> {
    const items = await this.table.getAll(keys);
    return Promise.all(items.map((item) => item && this.open<T>(item)));
  }

  /** A part of a list. */
  async page<T>(range: Range, limit: number, token?: string): Promise<DocumentPage<T>> {
    const { items, last } = await this.table.read(range, limit, token);
    return {
      items: await Promise.all(items.map((item) => this.open<T>(item))),
      tokenAfter: (index) =>
        index === items.length - 1 && !last ? undefined : this.table.tokenAfter(range, items[index]!),
    };
  }

  /**
   * All of the drafts and the changes that they are, or none.
   * @throws ConditionFailed where somebody else wrote one of them meanwhile
   */
  async save(drafts: readonly Draft[], ...told: readonly Told[]): Promise<void> {
    const writes = await Promise.all(drafts.map((draft) => this.writeOf(draft)));
    const changes = told.map(({ type, actor, subject, facts }): Part => this.change(type, actor, subject, facts));
    if (writes.length === 1 && changes.length === 0) await this.table.putAlone(writes[0]!);
    else await this.table.write([...writes, ...changes]);
  }

  /**
   * A draft and plain items, whatever was there of them, or none.
   * @throws ConditionFailed where somebody else wrote the draft meanwhile
   */
  protected async saveWith(draft: Draft, items: readonly Item[]): Promise<void> {
    await this.table.write([await this.writeOf(draft), ...items.map((Item) => ({ name: 'item', Put: { Item } }))]);
  }

  /** Runs an attempt again, from its reading on, where somebody else wrote meanwhile. */
  again<T>(attempt: () => Promise<T>): Promise<T> {
    return this.attempt(['document'], attempt);
  }

  /** Items without a revision, written whatever was there. */
  putItems(items: readonly Item[]): Promise<void> {
    return this.table.putAll(items);
  }

  /** Plain items of a range. */
  items(range: Range, limit: number, token?: string): Promise<{ items: Item[]; last?: Item }> {
    return this.table.read(range, limit, token);
  }

  tokenAfter(range: Range, item: Item): string {
    return this.table.tokenAfter(range, item);
  }

  private async writeOf({ key, value, revision, lists = {} }: Draft): Promise<Write> {
    const text = JSON.stringify(value);
    const indexed = Object.entries(lists).flatMap(([index, [pk, sk]]) => [
      [`${index}PK`, pk],
      [`${index}SK`, sk],
    ]);
    const item: Item = { ...key, revision: revision + 1, ...Object.fromEntries(indexed) };
    if (text.length < MOST_IN_ITEM / 4 || Buffer.byteLength(text) <= MOST_IN_ITEM) item.doc = text;
    else item.overflow = await this.keepOutside(key, text);
    const condition =
      revision === 0
        ? { ConditionExpression: 'attribute_not_exists(PK)' }
        : {
            ConditionExpression: '#revision = :revision',
            ExpressionAttributeNames: { '#revision': 'revision' },
            ExpressionAttributeValues: { ':revision': revision },
          };
    return { name: 'document', Put: { Item: item, ...condition } };
  }

  /** Under a new name each time: what others read meanwhile stays whole. */
  private async keepOutside(key: Key, text: string): Promise<string> {
    const name = `${sha256(`${key.PK} ${key.SK}`)}/${randomUUID()}.json`;
    await this.overflow.put(name, text);
    return name;
  }

  private async open<T>({ PK, SK, doc, overflow, revision }: Item): Promise<Document<T>> {
    const text = overflow === undefined ? (doc as string) : await this.overflow.get(overflow as string);
    return { key: { PK, SK } as Key, value: JSON.parse(text) as T, revision: revision as number };
  }
}
