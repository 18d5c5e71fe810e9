import * as z from 'zod/mini';
import { day, name, nothing, type Route, route, text } from '../http';
import { retentionOf } from '../retention';
import { nodeOf } from '../things';

const tags = z.record(text(250), z.nullable(z.string().check(z.maxLength(5000))));
const notes = z.strictObject({
  description: z.optional(z.nullable(text(10_000))),
  tags: z.optional(tags),
  comment: z.optional(text(5000)),
});
const oversight = z.strictObject({
  validator: z.optional(z.nullable(text(200))),
  nextReview: z.optional(z.nullable(day)),
  retired: z.optional(z.nullable(text(1000))),
  comment: z.optional(text(5000)),
});
const of = text(1024);

/** What people write on things. `of` names a thing as in `/lineage`, or a model or dataset as `model:<m>`, `dataset:<d>`. */
export const noteRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/notes',
    input: z.strictObject({ path: nothing, query: z.strictObject({ of }), body: nothing }),
    act: async ({ query }, { registry }) => registry.notesOf(await thingOf(query.of, registry)),
  }),
  route({
    method: 'POST',
    path: '/notes',
    input: z.strictObject({ path: nothing, query: z.strictObject({ of }), body: notes }),
    act: async ({ query, body }, { registry, actor }) =>
      registry.annotate(await thingOf(query.of, registry), body, actor),
  }),
  route({
    method: 'POST',
    path: '/holds',
    input: z.strictObject({
      path: nothing,
      query: z.strictObject({ of }),
      body: z.strictObject({ hold: z.nullable(text(1000)) }),
    }),
    act: async ({ query, body }, { registry, actor }) =>
      registry.annotate(await thingOf(query.of, registry), body, actor),
  }),
  route({
    method: 'GET',
    path: '/retention',
    input: z.strictObject({ path: nothing, query: z.strictObject({ of }), body: nothing }),
    act: ({ query }, { registry }) => retentionOf(query.of, registry),
  }),
  route({
    method: 'POST',
    path: '/models/{model}/oversight',
    input: z.strictObject({ path: z.strictObject({ model: name }), query: nothing, body: oversight }),
    act: ({ path, body }, { registry, actor }) => registry.annotate(`model:${path.model}`, body, actor),
  }),
];

const thingOf = async (thing: string, registry: Parameters<typeof nodeOf>[1]): Promise<string> =>
  /^(model|dataset):[^:]+$/.test(thing) ? thing : nodeOf(thing, registry);
