import {
  type Actor,
  type AliasRecord,
  CHANGE,
  type ModelVersionRecord,
  type VersionStatus,
} from '../../../lib/registry/contract';
import { Conflict, InvalidInput, NotFound } from '../../shared/errors';
import { checkName } from './base';
import { ABSENT, both, type Condition, check, edge, PRESENT, put, update, type Write } from './items';
import { aliasKey, modelKey, modelPk, node, versionKey, versionOfRunKey } from './keys';
import { RunStore } from './runs';
import type { ModelVersionInput, Page, PageRequest } from './types';

/** The alias of the version that serves. */
export const CHAMPION = 'champion';

/** Versions of models, and the aliases that point at them. */
export abstract class VersionStore extends RunStore {
  async registerVersion(input: ModelVersionInput, actor: Actor): Promise<ModelVersionRecord> {
    const { model, runId } = input;
    return this.attempt(['counter', 'version', 'run'], async () => {
      const before = runId && (await this.table.get(versionOfRunKey(model, runId)));
      if (before) return this.requireVersion(model, before.version as number);
      const { lastVersion } = await this.requireModel(model);
      const version = lastVersion + 1;
      const createdAt = this.table.time();
      const record: ModelVersionRecord = { ...input, version, status: 'CANDIDATE', createdBy: actor, createdAt };
      await this.table.write([
        update('counter', modelKey(model), { set: { lastVersion: version } }, countsTo(lastVersion)),
        put('version', versionKey(model, version), record),
        ...(runId ? [put('run', versionOfRunKey(model, runId), { version })] : []),
        ...originsOf(record),
        this.change(
          CHANGE.versionRegistered,
          actor,
          { model, version, runId, status: record.status },
          {
            after: record,
            evidence: record.evidence,
          },
        ),
      ]);
      return record;
    });
  }

  getVersion(model: string, version: number): Promise<ModelVersionRecord | undefined> {
    return this.table.record<ModelVersionRecord>(versionKey(model, version));
  }

  listVersions(model: string, page?: PageRequest): Promise<Page<ModelVersionRecord>> {
    return this.table.pageOf({ pk: modelPk(model), prefix: 'VERSION#', backwards: true }, page);
  }

  async setVersionStatus(
    model: string,
    version: number,
    status: Exclude<VersionStatus, 'CHAMPION'>,
    reason: string,
    actor: Actor,
    options: { readonly ifNoOpenRelease?: boolean } = {},
  ): Promise<ModelVersionRecord> {
    const key = versionKey(model, version);
    return this.attempt(['version'], async () => {
      const record = await this.requireVersion(model, version);
      if (record.status === status && record.reason === reason) return record;
      if (record.status === 'CHAMPION') {
        throw new Conflict(`Version ${version} of '${model}' is the champion. Release another version in its place.`);
      }
      const release = options.ifNoOpenRelease ? await this.openReleaseOf(model, version) : undefined;
      if (release) throw openRelease(model, version, release);
      const idle: Condition = options.ifNoOpenRelease ? { text: 'attribute_not_exists(#openRelease)' } : PRESENT;
      await this.table.write([
        update('version', key, { set: { status, reason } }, both(stillIs(record.status), idle)),
        this.change(
          CHANGE.versionStatusChanged,
          actor,
          { model, version, status, reason },
          {
            before: { status: record.status, reason: record.reason },
            after: { status, reason },
          },
        ),
      ]);
      return { ...record, status, reason };
    });
  }

  getAlias(model: string, alias: string): Promise<AliasRecord | undefined> {
    return this.table.record<AliasRecord>(aliasKey(model, alias));
  }

  async listAliases(model: string): Promise<AliasRecord[]> {
    return (await this.table.pageOf<AliasRecord>({ pk: modelPk(model), prefix: 'ALIAS#' }, { limit: 200 })).items;
  }

  async setAlias(
    model: string,
    alias: string,
    version: number,
    expected: number | null | undefined,
    actor: Actor,
  ): Promise<AliasRecord> {
    checkName('alias', alias);
    if (alias === CHAMPION) {
      throw new InvalidInput(`The alias '${CHAMPION}' moves only by a release. Request one for version ${version}.`);
    }
    return this.attempt(
      ['alias'],
      async () => {
        const before = await this.getAlias(model, alias);
        if (before?.version === version) return before;
        if (expected !== undefined && (before?.version ?? null) !== expected) {
          throw new Conflict(
            `The alias '${alias}' of '${model}' is at ${at(before)}, not at ${expected ?? 'nothing'}.`,
          );
        }
        const record: AliasRecord = { model, alias, version, changedBy: actor, changedAt: this.table.time() };
        await this.table.write([
          put('alias', aliasKey(model, alias), record, before ? pointsAt(before.version) : ABSENT),
          check('version', versionKey(model, version)),
          this.change(CHANGE.aliasChanged, actor, { model, alias, version }, { before, after: record }),
        ]);
        return record;
      },
      () => noVersion(model, version),
    );
  }

  protected async requireVersion(model: string, version: number): Promise<ModelVersionRecord> {
    const record = await this.getVersion(model, version);
    if (record) return record;
    throw noVersion(model, version);
  }

  /** Id of the release of this version that is open. */
  protected async openReleaseOf(model: string, version: number): Promise<string | undefined> {
    return (await this.table.get(versionKey(model, version)))?.openRelease as string | undefined;
  }
}

export const pointsAt = (version: number): Condition => ({ text: '#version = :at', values: { ':at': version } });
export const stillIs = (status: string): Condition => ({ text: '#status = :is', values: { ':is': status } });
export const openRelease = (model: string, version: number, releaseId: string): Conflict =>
  new Conflict(`Version ${version} of '${model}' has the open release ${releaseId}. Wait for its end, or decide it.`);

const at = (alias: AliasRecord | undefined): string => (alias ? `version ${alias.version}` : 'nothing');
const countsTo = (last: number): Condition => ({ text: '#lastVersion = :last', values: { ':last': last } });
const noVersion = (model: string, version: number): NotFound =>
  new NotFound(`The model '${model}' has no version ${version}. 'GET /models/${model}/versions' lists those it has.`);

/** The edges to a version from what it was made of. */
const originsOf = ({ model, version, runId, dataset, source, image }: ModelVersionRecord): Write[] => {
  const made = node.version(model, version);
  const maker = runId ? node.run(runId) : made;
  return [
    ...(runId ? edge(maker, made) : []),
    ...(dataset ? edge(node.dataset(dataset.name, dataset.version), maker) : []),
    ...(source ? edge(node.source(source.sha256), maker) : []),
    ...edge(node.image(image), made),
  ];
};
