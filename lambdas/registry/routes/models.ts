import * as z from 'zod/mini';
import { nearest } from '../../../core/nearest';
import type { ModelRecord } from '../../../lib/registry/contract';
import { NotFound } from '../../shared/errors';
import { found, name, nothing, page, type Route, route, text, version, versionInPath } from '../http';
import type { ApiStore } from '../store/api-store';

const model = z.strictObject({ model: name });
const modelVersion = z.strictObject({ model: name, version: versionInPath });
const list = z.strictObject({ path: model, query: page, body: nothing });

/** Models, their versions and aliases, and what served when. */
export const modelRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/models',
    input: z.strictObject({ path: nothing, query: page, body: nothing }),
    act: ({ query }, { registry }) => registry.listModels(query),
  }),
  route({
    method: 'GET',
    path: '/models/{model}',
    input: z.strictObject({ path: model, query: nothing, body: nothing }),
    act: ({ path }, { registry }) => requireModel(path.model, registry),
  }),
  route({
    method: 'GET',
    path: '/models/{model}/versions',
    input: list,
    act: ({ path, query }, { registry }) => registry.listVersions(path.model, query),
  }),
  route({
    method: 'GET',
    path: '/models/{model}/versions/{version}',
    input: z.strictObject({ path: modelVersion, query: nothing, body: nothing }),
    act: async ({ path }, { registry }) =>
      found(
        await registry.getVersion(path.model, path.version),
        `The model '${path.model}' has no version ${path.version}.`,
      ),
  }),
  route({
    method: 'POST',
    path: '/models/{model}/versions/{version}/reject',
    input: z.strictObject({ path: modelVersion, query: nothing, body: z.strictObject({ comment: text(1000) }) }),
    act: ({ path, body }, { registry, actor }) =>
      registry.setVersionStatus(path.model, path.version, 'REJECTED', body.comment, actor, { ifNoOpenRelease: true }),
  }),
  route({
    method: 'GET',
    path: '/models/{model}/policies',
    input: z.strictObject({ path: model, query: nothing, body: nothing }),
    act: async ({ path }, { registry }) =>
      found(
        await registry.getPolicies(path.model),
        `No policies of '${path.model}' are on record: deploy its stack again.`,
      ),
  }),
  route({
    method: 'GET',
    path: '/models/{model}/aliases',
    input: z.strictObject({ path: model, query: nothing, body: nothing }),
    act: async ({ path }, { registry }) => ({ items: await registry.listAliases(path.model) }),
  }),
  route({
    method: 'PUT',
    path: '/models/{model}/aliases/{alias}',
    input: z.strictObject({
      path: z.strictObject({ model: name, alias: name }),
      query: nothing,
      body: z.strictObject({ version, expected: z.optional(z.nullable(version)) }),
    }),
    act: ({ path, body }, { registry, actor }) =>
      registry.setAlias(path.model, path.alias, body.version, body.expected, actor),
  }),
  route({
    method: 'POST',
    path: '/models/{model}/aliases/{alias}/remove',
    input: z.strictObject({ path: z.strictObject({ model: name, alias: name }), query: nothing, body: nothing }),
    act: async ({ path }, { registry, actor }) => ({
      removed: await registry.removeAlias(path.model, path.alias, actor),
    }),
  }),
  route({
    method: 'GET',
    path: '/models/{model}/deployments',
    input: list,
    act: ({ path, query }, { registry }) => registry.listDeployments(path.model, query),
  }),
  route({
    method: 'GET',
    path: '/models/{model}/serving',
    input: z.strictObject({
      path: model,
      query: z.strictObject({ at: z.string() }),
      body: nothing,
    }),
    act: async ({ path, query }, { registry }) => {
      const span = await registry.servingAt(path.model, query.at);
      if (span) return span;
      await requireModel(path.model, registry);
      throw new NotFound(`No version of '${path.model}' served at ${query.at}.`);
    },
  }),
];

/** @throws NotFound with the names that were likely meant. */
async function requireModel(model: string, registry: ApiStore): Promise<ModelRecord> {
  const record = await registry.getModel(model);
  if (record) return record;
  const { items } = await registry.listModels({ limit: 200 });
  const close = nearest(
    model,
    items.map((each) => each.model),
  );
  const hint = close.length > 0 ? `Did you mean ${close.join(' or ')}?` : "'GET /models' lists those there are.";
  throw new NotFound(`There is no model '${model}'. ${hint}`);
}
