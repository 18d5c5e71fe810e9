import { type DynamoDBDocumentClient, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { GENESIS, type Link } from '../../core/audit';
import { AUDIT_ENV, type AuditPage } from '../../lib/registry/contract';
import { InvalidInput, isNamed } from '../shared/errors';
import { fromEnvironment } from './store/open';

const PAGE = 200;

/** The last entry of a chain: its number and hash; 0 and GENESIS of an empty one. */
export interface Last {
  readonly sequence: number;
  readonly hash: string;
}

/** The audit's table that a handler's construct named; undefined where there is none. */
export function auditFromEnvironment(): AuditTable | undefined {
  const name = process.env[AUDIT_ENV.table];
  return name ? new AuditTable(fromEnvironment().client, name) : undefined;
}

/** The audit's table: an item an entry, `chain` and `sequence` its key, never changed once it is there. */
export class AuditTable {
  constructor(
    private readonly client: DynamoDBDocumentClient,
    private readonly name: string,
  ) {}

  async last(chain: string): Promise<Last> {
    const [item] = await this.query(chain, { ScanIndexForward: false, Limit: 1 });
    return item ? { sequence: item.sequence, hash: item.hash } : { sequence: 0, hash: GENESIS };
  }

  /** False where there is an entry of this number already; it stays as it is. */
  async append(chain: string, sequence: number, { text, hash }: Link): Promise<boolean> {
    try {
      await this.client.send(
        new PutCommand({
          TableName: this.name,
          Item: { chain, sequence, text, hash },
          ConditionExpression: 'attribute_not_exists(#chain)',
          ExpressionAttributeNames: { '#chain': 'chain' },
        }),
      );
      return true;
    } catch (error) {
      if (isNamed(error, 'ConditionalCheckFailedException')) return false;
      throw error;
    }
  }

  /**
   * Entries in their order.
   * @param next of the page before
   * @throws InvalidInput for a `next` that no page gave
   */
  async page(chain: string, { limit = PAGE, next }: { readonly limit?: number; readonly next?: string }) {
    const after = next === undefined ? 0 : Number(next);
    if (!Number.isFinite(after) || limit < 1 || limit > PAGE) {
      throw new InvalidInput(`A page has 1 to ${PAGE} entries, and 'next' is that of the page before, unchanged.`);
    }
    const items = await this.query(chain, { Limit: limit }, after);
    const page: AuditPage = {
      items: items.map(({ text, hash }) => ({ text, hash })),
      ...(items.length > 0 ? { next: String(items.at(-1)!.sequence) } : {}),
    };
    return page;
  }

  private async query(chain: string, how: { readonly ScanIndexForward?: boolean; readonly Limit: number }, after = 0) {
    const { Items = [] } = await this.client.send(
      new QueryCommand({
        TableName: this.name,
        ConsistentRead: true,
        KeyConditionExpression: '#chain = :chain AND #sequence > :after',
        ExpressionAttributeNames: { '#chain': 'chain', '#sequence': 'sequence' },
        ExpressionAttributeValues: { ':chain': chain, ':after': after },
        ...how,
      }),
    );
    return Items as (Link & { readonly sequence: number })[];
  }
}
