import type { RecordedChange } from '../../../core/audit';
import { DeploymentStore } from './deployments';
import { type Condition, PRESENT, update } from './items';
import { chainCounterKey, chainPk, changeKey, isOfChain, OPEN, padded } from './keys';
import { lastIs } from './numbering';
import { ConditionFailed } from './table';
import type { Change } from './types';

interface ChangeItem extends Change {
  readonly facts?: Pick<RecordedChange, 'before' | 'after' | 'evidence' | 'policyDigest'>;
}

const KEPT_DAYS = 7;
/** Changes of a chain wait for their audit too, however long that takes to be repaired. */
const CHAIN_KEPT_DAYS = 90;

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

  async chainedChanges(chain: string, after: number, limit: number): Promise<RecordedChange[]> {
    const range = { pk: chainPk(chain), prefix: padded(after + 1), upTo: '9' };
    const { items } = await this.table.pageOf<ChangeItem>(range, { limit });
    return items.map(({ type, detail: { changeId, time, actor, ...subject }, facts }) => ({
      ...{ chain, sequence: Number(changeId.slice(chain.length + 1)), changeId, type, time, actor, subject },
      ...(facts ?? { before: null, after: null, evidence: [] }),
    }));
  }

  async chainsBehind(since: Date, limit: number): Promise<string[]> {
    const range = { index: 'GSI2', pk: OPEN.chains, prefix: '0', upTo: since.toISOString() } as const;
    return (await this.table.page(range, { limit })).items.map(({ chain }) => chain as string);
  }

  async markAudited(chain: string, sequence: number): Promise<boolean> {
    try {
      const parts = { remove: ['GSI2PK', 'GSI2SK'] };
      await this.table.write([update('chain', chainCounterKey(chain), parts, lastIs(sequence))]);
      return true;
    } catch (error) {
      if (error instanceof ConditionFailed) return false;
      throw error;
    }
  }

  async markPublished(changeIds: readonly string[]): Promise<void> {
    const time = this.table.time();
    const now = Math.floor(this.table.now().getTime() / 1000);
    const partsOf = (changeId: string) => {
      const expiresAt = now + (isOfChain(changeId) ? CHAIN_KEPT_DAYS : KEPT_DAYS) * 86_400;
      return { set: { publishedAt: time, expiresAt }, remove: ['GSI2PK', 'GSI2SK'] };
    };
    await Promise.all(
      changeIds.map(async (changeId) => {
        try {
          await this.table.write([update('change', changeKey(changeId), partsOf(changeId), WAITING)]);
        } catch (error) {
          if (!(error instanceof ConditionFailed)) throw error;
        }
      }),
    );
  }
}

/** A change that was published before, or has expired, stays as it is. */
const WAITING: Condition = { text: `${PRESENT.text} AND attribute_exists(#GSI2PK)` };
