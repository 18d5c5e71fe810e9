import { DeploymentStore } from './deployments';
import { type Condition, PRESENT, update } from './items';
import { changeKey, OPEN } from './keys';
import { ConditionFailed } from './table';
import type { Change } from './types';

const KEPT_DAYS = 7;

/** Changes on their way to the bus. */
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
}

/** A change that was published before, or has expired, stays as it is. */
const WAITING: Condition = { text: `${PRESENT.text} AND attribute_exists(#GSI2PK)` };
