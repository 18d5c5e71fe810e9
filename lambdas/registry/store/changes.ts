import { DeploymentStore } from './deployments';
import { type Condition, type Item, PRESENT, update } from './items';
import { changeKey, lineagePk, OPEN } from './keys';
import { ConditionFailed } from './table';
import type { Change } from './types';

const KEPT_DAYS = 7;

/** Changes on their way to the bus, and the lineage that they leave. */
export abstract class ChangeStore extends DeploymentStore {
  async pendingChanges(olderThan: Date, limit: number, newerThan?: Date): Promise<Change[]> {
    const between = async (prefix: string, upTo: string, most: number): Promise<Change[]> => {
      if (most === 0) return [];
      const { items } = await this.table.pageOf<Change>(
        { index: 'GSI2', pk: OPEN.changes, prefix, upTo },
        { limit: most },
      );
      return items.map(({ type, detail }) => ({ type, detail }));
    };
    const older = await between('0', olderThan.toISOString(), limit);
    if (!newerThan) return older;
    return [...older, ...(await between(newerThan.toISOString(), '9', limit - older.length))];
  }

  async markPublished(changeIds: readonly string[]): Promise<void> {
    const time = this.table.time();
    const expiresAt = Math.floor(this.table.now().getTime() / 1000) + KEPT_DAYS * 86_400;
    const parts = { set: { publishedAt: time, expiresAt }, remove: ['GSI2PK', 'GSI2SK'] };
    await Promise.all(
      changeIds.map(async (changeId) => {
        try {
          await this.table.write([update('change', changeKey(changeId), parts, WAITING)]);
        } catch (error) {
          if (!(error instanceof ConditionFailed)) throw error;
        }
      }),
    );
  }

  async lineageOf(node: string): Promise<{ readonly from: string[]; readonly to: string[] }> {
    const items = await this.table.all({ pk: lineagePk(node) });
    return { from: ends(items, 'IN#'), to: ends(items, 'OUT#') };
  }
}

/** A change that was published before, or has expired, stays as it is. */
const WAITING: Condition = { text: `${PRESENT.text} AND attribute_exists(#GSI2PK)` };

const ends = (items: readonly Item[], prefix: string): string[] =>
  items
    .map(({ SK }) => SK as string)
    .filter((sk) => sk.startsWith(prefix))
    .map((sk) => sk.slice(prefix.length));
