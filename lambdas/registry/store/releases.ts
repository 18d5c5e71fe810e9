import {
  type Actor,
  CHANGE,
  OPEN_RELEASE_STATUSES,
  type ReleaseRecord,
  type StepRecord,
} from '../../../lib/registry/contract';
import { Conflict, NotFound } from '../../shared/errors';
import { verdictsOf } from './facts';
import { both, type Condition, check, edge, PRESENT, put, remove, statusIn, update } from './items';
import { LIST, lockKey, modelKey, node, OPEN, releaseKey, versionKey } from './keys';
import { IN_USE, requireInUse } from './models';
import { readSteps, recordStepOf } from './steps';
import type { Closed, Page, PageRequest, ReleaseOutcome } from './types';
import { openRelease, VersionStore } from './versions';

/** Releases: the way of one version to production. At most one of a version is open at a time. */
export abstract class ReleaseStore extends VersionStore {
  async requestRelease(
    input: {
      readonly model: string;
      readonly version: number;
      readonly idempotencyKey?: string;
      readonly reason?: string;
    },
    actor: Actor,
  ): Promise<ReleaseRecord> {
    const { model, version, idempotencyKey } = input;
    const onceKey = idempotencyKey === undefined ? undefined : this.onceKey(`release:${model}`, idempotencyKey);
    return this.attempt(['once', 'release', 'version', 'model'], async () => {
      // In this order: who finds the release of an equal request in the way finds that request too.
      const obstacle = await this.obstacleTo(model, version);
      const before = await this.madeBefore(onceKey);
      if (before) return this.requireRelease(before);
      if (obstacle) throw obstacle;
      requireInUse(await this.requireModel(model));
      const record = this.newRelease(model, version, input.reason, actor);
      const { releaseId, requestedAt } = record;
      const sort = `${requestedAt}#${releaseId}`;
      const listed = { GSI1PK: LIST.releasesOf(model), GSI1SK: sort, GSI2PK: OPEN.releases, GSI2SK: sort };
      await this.table.write([
        check('model', modelKey(model), IN_USE),
        update('version', versionKey(model, version), { set: { openRelease: releaseId } }, RELEASABLE),
        put('release', releaseKey(releaseId), { ...record, ...listed, steps: undefined }),
        ...(onceKey ? [this.once(onceKey, releaseId)] : []),
        ...edge(node.version(model, version), node.release(releaseId)),
        this.change(
          CHANGE.releaseRequested,
          actor,
          { model, version, releaseId, reason: input.reason },
          {
            after: { status: record.status },
          },
        ),
      ]);
      return record;
    });
  }

  async getRelease(releaseId: string): Promise<ReleaseRecord | undefined> {
    const [record, steps] = await Promise.all([
      this.table.record<ReleaseRecord>(releaseKey(releaseId)),
      readSteps(this.table, releaseKey(releaseId)),
    ]);
    return record && { ...record, steps };
  }

  async listReleases(model: string, page?: PageRequest): Promise<Page<ReleaseRecord>> {
    const releases = { index: 'GSI1', pk: LIST.releasesOf(model), backwards: true } as const;
    return withoutSteps(await this.table.pageOf<ReleaseRecord>(releases, page));
  }

  async listOpenReleases(page?: PageRequest): Promise<Page<ReleaseRecord>> {
    return withoutSteps(await this.table.pageOf<ReleaseRecord>({ index: 'GSI2', pk: OPEN.releases }, page));
  }

  async startRelease(releaseId: string, executionArn: string): Promise<ReleaseRecord> {
    return this.attempt(['release'], async () => {
      const release = await this.requireOpenRelease(releaseId);
      if (release.executionArn === executionArn) return release;
      if (release.status !== 'REQUESTED') {
        throw new Conflict(`Release ${releaseId} belongs to the execution ${release.executionArn}.`);
      }
      const set = { status: 'RUNNING' as const, executionArn, startedAt: this.table.time() };
      await this.table.write([update('release', releaseKey(releaseId), { set }, statusIn(['REQUESTED']))]);
      return { ...release, ...set };
    });
  }

  async updateRelease(
    releaseId: string,
    values: Partial<Pick<ReleaseRecord, 'manifestDigest' | 'verdicts' | 'policiesDigest'>>,
  ): Promise<void> {
    const { manifestDigest, verdicts } = values;
    if (manifestDigest === undefined && verdicts === undefined) return;
    await this.attempt(
      [],
      () =>
        this.table.write([update('release', releaseKey(releaseId), { set: values }, keepsApproval(manifestDigest))]),
      async () => {
        await this.requireOpenRelease(releaseId);
        return new Conflict(`Release ${releaseId} was decided for another manifest; request a new release.`);
      },
    );
  }

  async recordReleaseStep(releaseId: string, step: StepRecord): Promise<void> {
    if (!(await recordStepOf(this.table, releaseKey(releaseId), step))) throw noRelease(releaseId);
  }

  async acquireDeployLock(model: string, releaseId: string): Promise<boolean> {
    const key = lockKey(model);
    return this.attempt(
      ['lock'],
      async () => {
        const holder = (await this.table.get(key))?.releaseId as string | undefined;
        if (holder === releaseId) return true;
        if (holder && isOpen(await this.getRelease(holder))) return false;
        const lock = { releaseId, since: this.table.time() };
        await this.table.write([
          put('lock', key, lock, holder ? heldBy(holder) : undefined),
          check('release', releaseKey(releaseId), UNCLOSED),
        ]);
        return true;
      },
      async () => {
        await this.requireOpenRelease(releaseId);
        return new Conflict(`Release ${releaseId} changed while it took the lock of '${model}'. Try again.`);
      },
    );
  }

  async releaseDeployLock(model: string, releaseId: string): Promise<void> {
    await this.attempt(['lock'], async () => {
      const holder = (await this.table.get(lockKey(model)))?.releaseId;
      if (holder === releaseId) await this.table.write([remove('lock', lockKey(model), heldBy(releaseId))]);
    });
  }

  async closeRelease(releaseId: string, outcome: ReleaseOutcome, actor?: Actor): Promise<Closed<ReleaseRecord>> {
    return this.attempt(['release', 'lock'], async () => {
      const record = await this.requireRelease(releaseId);
      if (!isOpen(record)) return { changed: false, record };
      const { model, version } = record;
      const set = { ...outcome, endedAt: this.table.time() };
      const holdsLock = (await this.table.get(lockKey(model)))?.releaseId === releaseId;
      await this.table.write([
        update('release', releaseKey(releaseId), { set, remove: ['GSI2PK', 'GSI2SK'] }, UNCLOSED),
        update('version', versionKey(model, version), { remove: ['openRelease'] }),
        ...(holdsLock ? [remove('lock', lockKey(model), heldBy(releaseId))] : []),
        this.change(
          CHANGE.releaseClosed,
          actor ?? executionOf(record),
          { model, version, releaseId, ...outcome },
          { before: { status: record.status }, after: { ...judged(record), ...set }, ...verdictsOf(record) },
        ),
      ]);
      return { changed: true, record: { ...record, ...set } };
    });
  }

  protected async requireRelease(releaseId: string): Promise<ReleaseRecord> {
    const release = await this.getRelease(releaseId);
    if (release) return release;
    throw noRelease(releaseId);
  }

  protected async requireOpenRelease(releaseId: string): Promise<ReleaseRecord> {
    return requireOpen(await this.requireRelease(releaseId));
  }

  private async obstacleTo(model: string, version: number): Promise<Conflict | undefined> {
    const { status, reason } = await this.requireVersion(model, version);
    if (status === 'REJECTED') {
      return new Conflict(`Version ${version} of '${model}' was rejected (${reason ?? 'no reason given'}).`);
    }
    const open = await this.openReleaseOf(model, version);
    return open === undefined ? undefined : openRelease(model, version, open);
  }

  private newRelease(model: string, version: number, requestReason: string | undefined, actor: Actor): ReleaseRecord {
    return {
      releaseId: this.newId(model),
      model,
      version,
      status: 'REQUESTED',
      requestedBy: actor,
      requestedAt: this.table.time(),
      ...(requestReason === undefined ? {} : { requestReason }),
      steps: [],
    };
  }
}

/** What was judged, and how. */
export const judged = ({ manifestDigest, verdicts = [] }: ReleaseRecord) => ({
  manifestDigest,
  verdicts: verdicts.map(({ policy, passed, waived, value, policyDigest }) => ({
    policy,
    passed,
    waived,
    value,
    policyDigest,
  })),
});

/** The execution of a release as an actor. */
export const executionOf = ({ executionArn, releaseId, requestedBy }: ReleaseRecord): Actor => ({
  id: executionArn ?? releaseId,
  kind: 'execution',
  onBehalfOf: requestedBy.onBehalfOf ?? requestedBy.id,
});

export const UNCLOSED: Condition = statusIn(OPEN_RELEASE_STATUSES);

const isOpen = (release: ReleaseRecord | undefined): boolean =>
  release !== undefined && OPEN_RELEASE_STATUSES.includes(release.status);

/** The release, where it is open. @throws Conflict where it has ended. */
export const requireOpen = (release: ReleaseRecord): ReleaseRecord => {
  if (isOpen(release)) return release;
  throw new Conflict(`Release ${release.releaseId} has ended: ${release.status}.`);
};

const RELEASABLE: Condition = both(PRESENT, {
  text: '#status <> :rejected AND attribute_not_exists(#openRelease)',
  values: { ':rejected': 'REJECTED' },
});

/** An open release; what was decided was decided for this very manifest. */
const keepsApproval = (digest: string | undefined): Condition =>
  digest === undefined
    ? UNCLOSED
    : both(UNCLOSED, {
        text: 'attribute_not_exists(#approval) OR #manifestDigest = :digest',
        values: { ':digest': digest },
      });

const heldBy = (releaseId: string): Condition => ({ text: '#releaseId = :holder', values: { ':holder': releaseId } });

const noRelease = (releaseId: string): NotFound =>
  new NotFound(`There is no release '${releaseId}'. 'GET /models/{model}/releases' lists a model's releases.`);

const withoutSteps = (page: Page<ReleaseRecord>): Page<ReleaseRecord> => ({
  ...page,
  items: page.items.map((release) => ({ ...release, steps: [] })),
});
