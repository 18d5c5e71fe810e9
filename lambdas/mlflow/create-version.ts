import { LIMIT, shortened } from '../../core/mlflow';
import { CHANGE } from '../../lib/registry/contract';
import { versionOfMlflowRunKey } from '../registry/store/mlflow-keys';
import { invalid, missing } from './errors';
import { checkLocation } from './experiments';
import type { Context } from './http';
import type { Input } from './input';
import { loggedModelOf } from './logged-models';
import {
  type ModelVersion,
  modelDraft,
  openVersion,
  type RegisteredModel,
  registeredModel,
  told,
  versionDraft,
  versionNumber,
} from './registered';
import { mapOf, pairOf } from './validate';

/** Registers a version: its number, the model's record, the change, and where its run finds it, all or none. */
export const createVersion = async (
  input: Input,
  context: Context,
): Promise<{ readonly version: ModelVersion; readonly model: RegisteredModel }> => {
  const name = input.text('name');
  const source = input.text('source');
  const tags = mapOf(input.objects('tags').map((tag, i) => pairOf(tag, LIMIT.registryTagValue, `tags[${i}]`)));
  await registeredModel(context, name);
  const origin = await originOf(input, context, source);
  return context.store.again(async () => {
    const { value: model, revision } = await registeredModel(context, name);
    const now = context.store.now();
    const number = model.last_version + 1;
    const version: ModelVersion = {
      ...{
        id: model.id,
        version: number,
        creation_timestamp: now,
        last_updated_timestamp: now,
        current_stage: 'None',
        source,
        tags,
      },
      ...origin,
      description: input.optionalText('description'),
      run_link: input.optionalText('run_link'),
    };
    const latest = { ...model.latest, None: number };
    const after = { ...model, last_version: number, latest, last_updated_timestamp: now };
    const place = version.run_id && {
      key: versionOfMlflowRunKey(version.run_id, model.id, number),
      value: { id: model.id, version: number },
      revision: 0,
    };
    await context.store.save(
      [modelDraft(after, revision), versionDraft(version, 0), ...(place ? [place] : [])],
      told(context, CHANGE.mlflowVersionChanged, name, 'CREATED', { after: version }, { version: number }),
    );
    return { version, model: after };
  });
};

/** Where the files of a version lie, and which run made them. The source may name a logged model or another version. */
async function originOf(
  input: Input,
  context: Context,
  source: string,
): Promise<{ readonly storage_location: string; readonly run_id?: string }> {
  const given = input.optionalText('run_id') || undefined;
  const modelId = input.optionalText('model_id') || /^models:\/(m-[^/@]+)\/?$/.exec(source)?.[1];
  const made = modelId ? (await loggedModelOf(context, modelId)).value : undefined;
  const run_id = given ?? made?.source_run_id;
  const location = await locationOf(context, source, made?.artifact_uri);
  return { storage_location: location, ...(run_id ? { run_id } : {}) };
}

async function locationOf(context: Context, source: string, ofLoggedModel: string | undefined): Promise<string> {
  if (!source.startsWith('models:')) {
    if (/^(file:|\/|\.|[A-Za-z]:[\\/])/.test(source)) {
      throw invalid(
        `Invalid model version source: '${shortened(source)}'. Files of a machine can't be registered here: log the model to ` +
          'a run, or name an s3:// location.',
      );
    }
    return checkLocation(source) ?? source;
  }
  if (ofLoggedModel && /^models:\/m-/.test(source)) return ofLoggedModel;
  const [, name, at] = /^models:\/+([^/@]+)[/@]([^/]+)$/.exec(source) ?? [];
  if (!name || !at)
    throw invalid(`Unable to fetch model from model URI source artifact location '${shortened(source)}'.`);
  const { value: model } = await registeredModel(context, decodeURIComponent(name));
  const number = /^\d+$/.test(at) ? versionNumber(at) : (model.aliases[at] ?? model.latest[at]);
  if (number === undefined) throw missing(`'${shortened(source)}' names no version of '${shortened(model.name)}'.`);
  return (await openVersion(context, model.name, number)).version.value.storage_location;
}
