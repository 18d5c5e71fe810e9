import {
  type Actor,
  type AliasRecord,
  CHANGE,
  type DeploymentRecord,
  OPEN_RELEASE_STATUSES,
} from '../../../lib/registry/contract';
import { RegistryStore } from './index';
import { ABSENT, type Condition, check, put, update } from './items';
import { aliasKey, deploymentKey, lockKey, modelPk, releaseKey } from './keys';
import { fromEnvironment } from './open';
import { ConditionFailed } from './table';
import { CHAMPION } from './versions';

/** What serves from now on, as it was found: what was released again, or something else. */
export interface FoundSpan {
  readonly span: Omit<DeploymentRecord, 'startedAt' | 'endedAt'>;
  /** When the endpoint was changed, where SageMaker tells; ISO 8601. */
  readonly since?: string;
  /** One sentence. */
  readonly reason: string;
}

/** What really serves, held against the record; only the function that reconciles the two has it. */
export class ServingStore extends RegistryStore {
  static override fromEnvironment(this: void): ServingStore {
    return new ServingStore(fromEnvironment());
  }

  /** What serves by the record; undefined where nothing was ever released. */
  async openSpan(model: string): Promise<DeploymentRecord | undefined> {
    return (await this.listDeployments(model, { limit: 1 })).items[0];
  }

  /** The release that holds the model's lock of deployments, while it is open. */
  async deployingRelease(model: string): Promise<string | undefined> {
    const holder = (await this.table.get(lockKey(model)))?.releaseId as string | undefined;
    const status = holder && (await this.getRelease(holder))?.status;
    return status && OPEN_RELEASE_STATUSES.includes(status) ? holder : undefined;
  }

  /**
   * Closes the span that is open and opens the one that was found, in one transaction. Again by whoever: undefined, as
   * where a release has moved the champion or begun to deploy meanwhile; then look again.
   */
  async changeServing(before: DeploymentRecord, found: FoundSpan, actor: Actor): Promise<DeploymentRecord | undefined> {
    const { model } = before;
    const [alias, lock] = await Promise.all([
      this.table.get(aliasKey(model, CHAMPION)),
      this.table.get(lockKey(model)),
    ]);
    const open = keyOf(before);
    if (!alias || alias.deployment !== open.SK || (await this.deployingRelease(model))) return undefined;
    const record: DeploymentRecord = { ...found.span, startedAt: this.startOf(before, found.since) };
    const key = keyOf(record);
    const { releaseId, outOfBand } = record;
    const { version } = alias as unknown as AliasRecord;
    const told = { model, version, releaseId: releaseId ?? outOfBand?.insteadOf.releaseId };
    const status = outOfBand ? 'OUT_OF_BAND' : 'RESTORED';
    try {
      await this.table.write([
        update('alias', aliasKey(model, CHAMPION), { set: { deployment: key.SK } }, pointsTo(open.SK)),
        update('span', open, { set: { endedAt: record.startedAt } }),
        put('deployment', key, record),
        check('lock', lockKey(model), lock ? heldBy(lock.releaseId) : ABSENT),
        ...(releaseId ? [update('release', releaseKey(releaseId), { set: { deployment: key.SK } })] : []),
        this.change(
          CHANGE.servingReconciled,
          actor,
          { ...told, status, reason: found.reason },
          { before, after: record },
        ),
      ]);
      return record;
    } catch (error) {
      if (error instanceof ConditionFailed) return undefined;
      throw error;
    }
  }

  /** When the endpoint was changed; after the span before began, and not in the future. */
  private startOf(before: DeploymentRecord, since: string | undefined): string {
    const now = this.table.now().getTime();
    const changed = Math.min(now, since === undefined ? now : Date.parse(since));
    return new Date(Math.max(changed, Date.parse(before.startedAt) + 1)).toISOString();
  }
}

/** Out of band no release gives the span its name. */
const keyOf = ({ model, startedAt, releaseId = 'out-of-band' }: DeploymentRecord) => {
  const { SK } = deploymentKey(model, startedAt, releaseId);
  return { PK: modelPk(model), SK };
};

const pointsTo = (deployment: string): Condition => ({
  text: '#deployment = :open',
  values: { ':open': deployment },
});
const heldBy = (releaseId: unknown): Condition => ({ text: '#releaseId = :holder', values: { ':holder': releaseId } });
