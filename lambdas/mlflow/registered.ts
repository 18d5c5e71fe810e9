import { randomUUID } from 'node:crypto';
import { modelNameProblem, type Read, shortened } from '../../core/mlflow';
import type { ChangeType } from '../../lib/registry/contract';
import type { Document, Draft, Told } from '../registry/store/documents';
import { type ChangeFacts, changed } from '../registry/store/facts';
import {
  inverse,
  MLFLOW_LIST,
  registeredIdKey,
  registeredModelKey,
  registeredVersionKey,
} from '../registry/store/mlflow-keys';
import { invalid, missing } from './errors';
import type { Context } from './http';
import { pairsOf } from './validate';

/** A registered model, kept under its name. Its versions are kept under its id, so that a new name changes none of them. */
export interface RegisteredModel {
  readonly id: string;
  readonly name: string;
  readonly creation_timestamp: number;
  readonly last_updated_timestamp: number;
  /** Since when all its versions count as changed. */
  readonly renamed_at?: number;
  readonly description?: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly aliases: Readonly<Record<string, number>>;
  /** The highest number given so far. */
  readonly last_version: number;
  /** The highest version in each stage. */
  readonly latest: Readonly<Record<string, number>>;
  /** It was deleted, or has another name now; the name may be taken again. */
  readonly gone?: boolean;
}

export interface ModelVersion {
  /** Of the registered model. */
  readonly id: string;
  readonly version: number;
  readonly creation_timestamp: number;
  readonly last_updated_timestamp: number;
  readonly description?: string;
  readonly current_stage: string;
  readonly source: string;
  /** Where the files are, which the source may only name. */
  readonly storage_location: string;
  readonly run_id?: string;
  readonly run_link?: string;
  readonly user_id?: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly deleted?: boolean;
}

export const STAGES: readonly string[] = ['None', 'Staging', 'Production', 'Archived'];

/** A stage as it is written. */
export const stageNamed = (name: string): string => {
  const stage = STAGES.find((one) => one.toLowerCase() === name.toLowerCase());
  if (stage) return stage;
  throw invalid(`Invalid Model Version stage: ${shortened(name)}. Value must be one of ${STAGES.join(', ')}.`);
};

export const checkModelName = (name: string | undefined, field = 'name'): string => {
  if (!name?.trim())
    throw invalid(`Missing value for required parameter '${field}'. Registered model name cannot be empty.`);
  const problem = modelNameProblem(name);
  if (problem) throw invalid(`Invalid model name '${shortened(name)}': it ${problem}.`);
  return name;
};

export const versionNumber = (given: string): number => {
  if (/^\d{1,9}$/.test(given)) return Number(given);
  throw invalid(`Parameter 'version' must be an integer, got '${shortened(given)}'.`);
};

export const registeredModel = async (context: Context, name: string): Promise<Document<RegisteredModel>> => {
  checkModelName(name);
  const found = await context.store.get<RegisteredModel>(registeredModelKey(name));
  if (found && !found.value.gone) return found;
  throw missing(`Registered Model with name=${shortened(name)} not found`);
};

export const noVersion = (name: string, version: number) =>
  missing(`Model Version (name=${shortened(name)}, version=${version}) not found`);

/** A version, not a deleted one, and the model that it belongs to. */
export const openVersion = async (
  context: Context,
  name: string,
  version: number,
): Promise<{ readonly model: Document<RegisteredModel>; readonly version: Document<ModelVersion> }> => {
  const model = await registeredModel(context, name);
  const found =
    version > 0 ? await context.store.get<ModelVersion>(registeredVersionKey(model.value.id, version)) : undefined;
  if (!found || found.value.deleted) throw noVersion(name, version);
  return { model, version: found };
};

export const modelDraft = (value: RegisteredModel, revision: number): Draft<RegisteredModel> => ({
  key: registeredModelKey(value.name),
  value,
  revision,
  ...(value.gone ? {} : { lists: { GSI1: [MLFLOW_LIST.registeredModels, value.name] as const } }),
});

/** Where a model's name is found by its id. */
export const idDraft = (id: string, name: string, revision: number): Draft => ({
  key: registeredIdKey(id),
  value: { name },
  revision,
});

/** In lists what changed last comes first, and of one model the higher version. A deleted one is in none. */
export const versionDraft = (value: ModelVersion, revision: number): Draft<ModelVersion> => {
  const [time, number] = [inverse(value.last_updated_timestamp), inverse(value.version)];
  return {
    key: registeredVersionKey(value.id, value.version),
    value,
    revision,
    ...(value.deleted
      ? {}
      : {
          lists: {
            GSI1: [MLFLOW_LIST.versionsOf(value.id), `${time}#${number}`] as const,
            GSI2: [MLFLOW_LIST.versions, `${time}#${value.id}#${number}`] as const,
          },
        }),
  };
};

export const newModel = (name: string, now: number, more: Partial<RegisteredModel>): RegisteredModel => ({
  id: randomUUID(),
  name,
  creation_timestamp: now,
  last_updated_timestamp: now,
  tags: {},
  aliases: {},
  last_version: 0,
  latest: {},
  ...more,
});

/**
 * What a write to the registry tells: events and audit follow from it.
 * @param states of what was changed; `before` is absent where there was nothing
 */
export const told = (
  { actor }: Context,
  type: ChangeType,
  model: string,
  what: string,
  { before, after }: { readonly before?: object; readonly after: object },
  more: { readonly version?: number; readonly alias?: string } = {},
): Told => {
  const facts: ChangeFacts = before ? changed(before, after) : { after };
  return { type, actor, subject: { model, status: what, ...more }, facts };
};

export const aliasesOf = ({ aliases }: RegisteredModel, version: number): string[] =>
  Object.keys(aliases).filter((alias) => aliases[alias] === version);

export const answeredVersion = (
  version: ModelVersion,
  model: Pick<RegisteredModel, 'name' | 'renamed_at'>,
  aliases: readonly string[] = [],
) => ({
  name: model.name,
  version: String(version.version),
  creation_timestamp: version.creation_timestamp,
  last_updated_timestamp: Math.max(version.last_updated_timestamp, model.renamed_at ?? 0),
  user_id: version.user_id ?? '',
  current_stage: version.current_stage,
  description: version.description ?? '',
  source: version.source,
  run_id: version.run_id ?? '',
  status: 'READY',
  run_link: version.run_link ?? '',
  ...(Object.keys(version.tags).length > 0 ? { tags: pairsOf(version.tags) } : {}),
  ...(aliases.length > 0 ? { aliases } : {}),
});

/** Models with the highest version of each stage, read all at once. */
export const answeredModels = async (context: Context, models: readonly RegisteredModel[]) => {
  const keys = models.flatMap((model) =>
    Object.values(model.latest).map((version) => registeredVersionKey(model.id, version)),
  );
  const documents = keys.length === 0 ? [] : await context.store.getAll<ModelVersion>(keys);
  const versions = documents.flatMap((document) => (document && !document.value.deleted ? [document.value] : []));
  return models.map((model) => {
    const latest = versions.filter(({ id }) => id === model.id);
    return {
      name: model.name,
      creation_timestamp: model.creation_timestamp,
      last_updated_timestamp: model.last_updated_timestamp,
      ...(model.description === undefined ? {} : { description: model.description }),
      ...(latest.length > 0
        ? { latest_versions: latest.map((one) => answeredVersion(one, model, aliasesOf(model, one.version))) }
        : {}),
      ...(Object.keys(model.tags).length > 0 ? { tags: pairsOf(model.tags) } : {}),
      ...(Object.keys(model.aliases).length > 0
        ? { aliases: Object.entries(model.aliases).map(([alias, version]) => ({ alias, version: String(version) })) }
        : {}),
    };
  });
};

export const readModel: Read<RegisteredModel> = (model, kind, key) =>
  kind === 'tag'
    ? [Object.hasOwn(model.tags, key) ? model.tags[key] : undefined]
    : [model[key as 'name' | 'last_updated_timestamp']];
