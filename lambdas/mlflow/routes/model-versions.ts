import { LIMIT } from '../../../core/mlflow';
import { CHANGE } from '../../../lib/registry/contract';
import { createVersion } from '../create-version';
import { invalid, MlflowError } from '../errors';
import { type Context, type Route, route } from '../http';
import type { Input } from '../input';
import {
  aliasesOf,
  answeredVersion,
  type ModelVersion,
  modelDraft,
  openVersion,
  type RegisteredModel,
  stageNamed,
  told,
  versionDraft,
  versionNumber,
} from '../registered';
import { highestIn, othersIn } from '../stages';
import { checkKey, pairOf } from '../validate';
import { findVersions } from '../version-search';

const numberOf = (input: Input): number => versionNumber(String(input.raw('version') ?? ''));

/** Reads, changes and writes a version, with the change that tells of it. */
const change = (
  context: Context,
  input: Input,
  what: string,
  alter: (version: ModelVersion) => ModelVersion,
): Promise<{ readonly version: ModelVersion; readonly model: RegisteredModel }> =>
  context.store.again(async () => {
    const [name, number] = [input.text('name'), numberOf(input)];
    const { model, version } = await openVersion(context, name, number);
    const after = alter(version.value);
    if (after !== version.value) {
      const states = { before: version.value, after };
      await context.store.save(
        [versionDraft(after, version.revision)],
        told(context, CHANGE.mlflowVersionChanged, name, what, states, { version: number }),
      );
    }
    return { version: after, model: model.value };
  });

const transition: Route['act'] = async (input, context) => {
  const stage = stageNamed(input.text('stage'));
  const archive = input.flag('archive_existing_versions');
  if (archive && stage !== 'Staging' && stage !== 'Production') {
    throw invalid(
      `Model version transition cannot archive existing model versions because '${stage}' is not an Active stage.`,
    );
  }
  const number = numberOf(input);
  const name = input.text('name');
  return context.store.again(async () => {
    const { model, version } = await openVersion(context, name, number);
    const now = context.store.now();
    const others = archive ? await othersIn(context, model.value.id, stage, number) : [];
    if (others.length > MOST_AT_ONCE) {
      throw new MlflowError(
        'INVALID_STATE',
        `${others.length} versions are in ${stage}; at most ${MOST_AT_ONCE} can be archived at once.`,
      );
    }
    const after = { ...version.value, current_stage: stage, last_updated_timestamp: now };
    const archived = others.map(({ value }) => ({ ...value, current_stage: 'Archived', last_updated_timestamp: now }));
    const moved = new Map([after, ...archived].map((one) => [one.version, one]));
    const latest = await highestIn(context, model.value, moved);
    const states = { before: version.value, after: { ...after, archived: archived.map((one) => one.version) } };
    await context.store.save(
      [
        modelDraft({ ...model.value, latest, last_updated_timestamp: now }, model.revision),
        versionDraft(after, version.revision),
        ...others.map(({ revision }, i) => versionDraft(archived[i]!, revision)),
      ],
      told(context, CHANGE.mlflowVersionChanged, name, `STAGE ${stage}`, states, { version: number }),
    );
    return { model_version: answeredVersion(after, model.value, aliasesOf(model.value, number)) };
  });
};

/** A transaction of DynamoDB holds 100 writes. */
const MOST_AT_ONCE = 90;

/** A deleted version keeps its number, and nothing of what it was. */
const remove: Route['act'] = async (input, context) => {
  const [name, number] = [input.text('name'), numberOf(input)];
  await context.store.again(async () => {
    const { model, version } = await openVersion(context, name, number);
    const now = context.store.now();
    const { id, creation_timestamp, current_stage } = version.value;
    const after: ModelVersion = {
      ...{ id, version: number, creation_timestamp, current_stage, last_updated_timestamp: now },
      ...{ source: '', storage_location: '', tags: {}, deleted: true },
    };
    const aliases = Object.fromEntries(Object.entries(model.value.aliases).filter(([, at]) => at !== number));
    const latest = await highestIn(context, model.value, new Map([[number, after]]));
    await context.store.save(
      [
        modelDraft({ ...model.value, aliases, latest, last_updated_timestamp: now }, model.revision),
        versionDraft(after, version.revision),
      ],
      told(
        context,
        CHANGE.mlflowVersionChanged,
        name,
        'DELETED',
        { before: version.value, after },
        { version: number },
      ),
    );
  });
  return {};
};

const answered = ({ version, model }: { readonly version: ModelVersion; readonly model: RegisteredModel }) => ({
  model_version: answeredVersion(version, model, aliasesOf(model, version.version)),
});

const opened = async (input: Input, context: Context) => {
  const { version, model } = await openVersion(context, input.text('name'), numberOf(input));
  return { version: version.value, model: model.value };
};

export const modelVersionRoutes: readonly Route[] = [
  route('POST', '/mlflow/model-versions/create', async (input, context) =>
    answered(await createVersion(input, context)),
  ),
  route('GET', '/mlflow/model-versions/get', async (input, context) => answered(await opened(input, context))),
  route('GET', '/mlflow/model-versions/get-download-uri', async (input, context) => ({
    artifact_uri: (await opened(input, context)).version.storage_location,
  })),
  ...(['GET', 'POST'] as const).map((method) => route(method, '/mlflow/model-versions/search', findVersions)),
  route('PATCH', '/mlflow/model-versions/update', async (input, context) => {
    const description = input.optionalText('description');
    const update = (version: ModelVersion) => ({
      ...version,
      description,
      last_updated_timestamp: context.store.now(),
    });
    return answered(await change(context, input, 'DESCRIBED', update));
  }),
  route('DELETE', '/mlflow/model-versions/delete', remove),
  route('POST', '/mlflow/model-versions/transition-stage', transition),
  route('POST', '/mlflow/model-versions/set-tag', async (input, context) => {
    const { key, value } = pairOf(input, LIMIT.registryTagValue, 'tag');
    await change(context, input, `TAGGED ${key}`, (version) =>
      version.tags[key] === value ? version : { ...version, tags: { ...version.tags, [key]: value } },
    );
    return {};
  }),
  route('DELETE', '/mlflow/model-versions/delete-tag', async (input, context) => {
    const key = input.text('key');
    checkKey(key, 'tag');
    await change(context, input, `UNTAGGED ${key}`, (version) => {
      const { [key]: gone, ...tags } = version.tags;
      return gone === undefined ? version : { ...version, tags };
    });
    return {};
  }),
];
