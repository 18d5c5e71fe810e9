import {
  type Actor,
  type AliasRecord,
  CHANGE,
  type DeploymentRecord,
  type ReleaseRecord,
} from '../../../lib/registry/contract';
import { Conflict, InvalidInput } from '../../shared/errors';
import { ApprovalStore } from './approvals';
import { verdictsOf } from './facts';
import { ABSENT, both, type Condition, check, edge, type Item, put, toRecord, update } from './items';
import { aliasKey, deploymentKey, type Key, lockKey, modelKey, modelPk, node, releaseKey, versionKey } from './keys';
import { IN_USE, requireInUse } from './models';
import type { Part } from './numbering';
import { requireOpen, UNCLOSED } from './releases';
import type { Page, PageRequest, Promotion } from './types';
import { CHAMPION, stillIs } from './versions';

/** Which version served when. Only `promote` moves the champion. */
export abstract class DeploymentStore extends ApprovalStore {
  async promote(input: Promotion, actor: Actor): Promise<DeploymentRecord> {
    const { releaseId, model, version } = input;
    return this.attempt(
      ['alias', 'release', 'version'],
      async () => {
        // In this order: who finds the release ended finds its promotion too.
        const release = await this.requireRelease(releaseId);
        const done = (await this.table.get(releaseKey(releaseId)))?.deployment as string | undefined;
        if (done) return (await this.table.record<DeploymentRecord>({ PK: modelPk(model), SK: done }))!;
        requirePromotable(requireOpen(release), input);
        const { status } = await this.requireVersion(model, version);
        if (status === 'REJECTED') throw await this.explainPromotion([], input);
        const before = await this.table.get(aliasKey(model, CHAMPION));
        const startedAt = await this.nextStart(before);
        const record: DeploymentRecord = { ...input, startedAt };
        const alias: AliasRecord = { model, alias: CHAMPION, version, changedBy: actor, changedAt: startedAt };
        const { PK, SK } = deploymentKey(model, startedAt, releaseId);
        await this.table.write([
          put('alias', aliasKey(model, CHAMPION), { ...alias, deployment: SK }, before ? unmoved(before) : ABSENT),
          update(
            'version',
            versionKey(model, version),
            { set: { status: 'CHAMPION' }, remove: ['reason'] },
            stillIs(status),
          ),
          put('deployment', { PK, SK }, record),
          update('release', releaseKey(releaseId), { set: { deployment: SK } }, PROMOTABLE),
          check('lock', lockKey(model), freeOrHeldBy(releaseId)),
          check('model', modelKey(model), IN_USE),
          ...this.retire(before, input, startedAt, actor),
          ...edge(node.release(releaseId), node.deployment(releaseId)),
          this.change(
            CHANGE.versionStatusChanged,
            actor,
            { model, version, releaseId, status: 'CHAMPION' },
            {
              before: { status },
              after: { status: 'CHAMPION' },
            },
          ),
          this.change(
            CHANGE.aliasChanged,
            actor,
            { model, alias: CHAMPION, version, releaseId },
            {
              before: before && toRecord<AliasRecord>(before),
              after: record,
              ...verdictsOf(release),
            },
          ),
        ]);
        return record;
      },
      (failed) => this.explainPromotion(failed, input),
    );
  }

  listDeployments(model: string, page?: PageRequest): Promise<Page<DeploymentRecord>> {
    return this.table.pageOf({ pk: modelPk(model), prefix: 'DEPLOYMENT#', backwards: true }, page);
  }

  async servingAt(model: string, isoTime: string): Promise<DeploymentRecord | undefined> {
    const time = new Date(isoTime);
    if (Number.isNaN(time.getTime())) {
      throw new InvalidInput(`'${isoTime}' is no time; write it as ISO 8601, like 2026-03-01T12:00:00Z.`);
    }
    const at = time.toISOString();
    const begun = { pk: modelPk(model), prefix: 'DEPLOYMENT#', upTo: `DEPLOYMENT#${at}~`, backwards: true };
    const [latest] = (await this.table.pageOf<DeploymentRecord>(begun, { limit: 1 })).items;
    return latest && (latest.endedAt === undefined || latest.endedAt > at) ? latest : undefined;
  }

  /** Closes the span of what served before, and retires its version unless it is the same one. */
  private retire(before: Item | undefined, input: Promotion, endedAt: string, actor: Actor): Part[] {
    if (!before) return [];
    const { model, releaseId } = input;
    const version = before.version as number;
    const span: Key = { PK: modelPk(model), SK: before.deployment as string };
    const close = update('span', span, { set: { endedAt } });
    if (version === input.version) return [close];
    const status = 'RETIRED';
    const reason = `Version ${input.version} serves in its place since ${endedAt}.`;
    return [
      close,
      update('previous', versionKey(model, version), { set: { status, reason } }),
      this.change(
        CHANGE.versionStatusChanged,
        actor,
        { model, version, releaseId, status, reason },
        {
          before: { status: 'CHAMPION' },
          after: { status, reason },
        },
      ),
    ];
  }

  /** Now, or right after the span before where that clock was ahead of ours. */
  private async nextStart(before: Item | undefined): Promise<string> {
    const now = this.table.now().getTime();
    const after = before ? Date.parse(startOf(before.deployment as string)) + 1 : now;
    return new Date(Math.max(now, after)).toISOString();
  }

  private async explainPromotion(failed: readonly string[], input: Promotion): Promise<Error> {
    const { model, version, releaseId } = input;
    if (failed.includes('lock')) {
      return new Conflict(
        `Another release deploys '${model}' at this time, so ${releaseId} can't promote its version.`,
      );
    }
    requireInUse(await this.requireModel(model));
    const { status } = await this.requireVersion(model, version);
    return new Conflict(`Version ${version} of '${model}' is ${status} and can't become the champion.`);
  }
}

/** @throws Conflict unless the release is of this version and nobody decided against it. */
const requirePromotable = (release: ReleaseRecord, { model, version }: Promotion): void => {
  const { releaseId, approval } = release;
  if (release.model !== model || release.version !== version) {
    throw new Conflict(
      `Release ${releaseId} is of version ${release.version} of '${release.model}', not of ${version} of '${model}'.`,
    );
  }
  if (approval && approval.decision !== 'APPROVED') {
    throw new Conflict(`Release ${releaseId} was ${approval.decision} by ${approval.by.id}.`);
  }
};

/** From a deployment's sort key, `DEPLOYMENT#<startedAt>#<releaseId>`: nothing else in it has a `#`. */
const startOf = (deployment: string): string => deployment.split('#')[1]!;

const unmoved = (before: Item): Condition => ({
  text: '#deployment = :deployment',
  values: { ':deployment': before.deployment },
});
const PROMOTABLE: Condition = both(UNCLOSED, { text: 'attribute_not_exists(#deployment)' });
const freeOrHeldBy = (releaseId: string): Condition => ({
  text: 'attribute_not_exists(PK) OR #releaseId = :holder',
  values: { ':holder': releaseId },
});
