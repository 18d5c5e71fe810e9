/** A DynamoDB in memory behind the SDK's HTTP handler: what is measured is the handler with the SDK, and no network. */
import { HttpResponse } from '@smithy/core/protocols';

type Attribute = Record<string, unknown>;
type Item = Record<string, Attribute>;
interface Request {
  readonly headers: Record<string, string>;
  readonly body: string;
}

const textOf = (item: Item, name: string): string => String(item[name]?.S ?? '');
const bytesOf = (item: Item): number => JSON.stringify(item).length;

/** Items by partition, each partition in order of its sort keys, for the table and each index. */
export class FakeTable {
  private readonly items = new Map<string, Item>();
  private readonly lists = new Map<string, Map<string, Item>>();
  private readonly sorted = new Map<string, string[]>();
  /** Units of capacity as DynamoDB counts them, of the table and its indexes. */
  reads = 0;
  writes = 0;

  readonly requestHandler = {
    handle: async ({ headers, body }: Request) => {
      const operation = headers['x-amz-target']!.split('.')[1]!;
      const answer = JSON.stringify(this.act(operation, JSON.parse(body)));
      return {
        response: new HttpResponse({
          statusCode: 200,
          headers: { 'content-type': 'application/x-amz-json-1.0' },
          body: new TextEncoder().encode(answer),
        }),
      };
    },
    updateHttpClientConfig: () => {},
    httpHandlerConfigs: () => ({}),
  };

  // biome-ignore lint/suspicious/noExplicitAny: requests are those that our own store makes.
  private act(operation: string, input: any): unknown {
    switch (operation) {
      case 'GetItem':
        return { Item: this.read(this.items.get(idOf(input.Key)), 1) };
      case 'BatchGetItem':
        return {
          Responses: byTable(input.RequestItems, ({ Keys }) =>
            Keys.flatMap((key: Item) => this.read(this.items.get(idOf(key)), 1) ?? []),
          ),
        };
      case 'PutItem':
        this.put(input.Item, 1);
        return {};
      case 'BatchWriteItem':
        for (const requests of Object.values<{ PutRequest: { Item: Item } }[]>(input.RequestItems)) {
          for (const { PutRequest } of requests) this.put(PutRequest.Item, 1);
        }
        return { UnprocessedItems: {} };
      case 'TransactWriteItems':
        for (const { Put } of input.TransactItems) if (Put) this.put(Put.Item, 2);
        return {};
      case 'Query':
        return this.query(input);
      default:
        throw new Error(`The benchmark's table has no ${operation}.`);
    }
  }

  private read(item: Item | undefined, strength: number): Item | undefined {
    this.reads += strength * Math.max(1, Math.ceil((item ? bytesOf(item) : 0) / 4096));
    return item;
  }

  private put(item: Item, times: number): void {
    const before = this.items.get(idOf(item));
    if (before) for (const index of ['', 'GSI1', 'GSI2']) this.drop(before, index);
    this.items.set(idOf(item), item);
    const indexes = ['', 'GSI1', 'GSI2'].filter((index) => item[`${index}PK`]);
    for (const index of indexes) {
      const list = `${index} ${textOf(item, `${index}PK`)}`;
      if (!this.lists.has(list)) this.lists.set(list, new Map());
      this.lists.get(list)!.set(textOf(item, `${index}SK`), item);
      this.sorted.delete(list);
    }
    this.writes += (times + indexes.length - 1) * Math.ceil(bytesOf(item) / 1024);
  }

  private drop(item: Item, index: string): void {
    const list = `${index} ${textOf(item, `${index}PK`)}`;
    if (this.lists.get(list)?.delete(textOf(item, `${index}SK`))) this.sorted.delete(list);
  }

  // biome-ignore lint/suspicious/noExplicitAny: the same.
  private query({ IndexName = '', ExpressionAttributeValues: values, Limit, ScanIndexForward = true }: any): unknown {
    const list = `${IndexName} ${values[':pk'].S}`;
    const all = this.lists.get(list) ?? new Map<string, Item>();
    if (!this.sorted.has(list)) this.sorted.set(list, [...all.keys()].sort());
    const keys = this.sorted.get(list)!;
    const wanted = values[':prefix'] ? keys.filter((key) => key.startsWith(values[':prefix'].S)) : keys;
    const ordered = (ScanIndexForward ? wanted : [...wanted].reverse()).slice(0, Limit);
    const found = ordered.map((key) => all.get(key)!);
    this.reads += Math.ceil(found.reduce((bytes, item) => bytes + bytesOf(item), 0) / 4096) / (IndexName ? 2 : 1);
    const last = wanted.length > ordered.length ? found.at(-1) : undefined;
    const names = ['PK', 'SK', ...(IndexName ? [`${IndexName}PK`, `${IndexName}SK`] : [])];
    return {
      Items: found,
      ...(last ? { LastEvaluatedKey: Object.fromEntries(names.map((name) => [name, last[name]])) } : {}),
    };
  }
}

const idOf = (item: Item): string => `${textOf(item, 'PK')} ${textOf(item, 'SK')}`;
// biome-ignore lint/suspicious/noExplicitAny: the same.
const byTable = (requests: Record<string, any>, act: (request: any) => unknown) =>
  Object.fromEntries(Object.entries(requests).map(([table, request]) => [table, act(request)]));
