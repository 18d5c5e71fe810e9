import * as z from 'zod/mini';
import { day, name, nothing, page, type Route, route, text, version, versionInPath } from '../http';

const modelVersion = z.strictObject({ model: name, version: versionInPath });
const policy = text(200);

const decision = z
  .strictObject({
    policy,
    number: version,
    decision: z.enum(['GRANTED', 'REJECTED', 'REVOKED']),
    comment: z.optional(text(1000)),
  })
  .check(
    z.refine(({ decision, comment }) => decision === 'GRANTED' || comment !== undefined, {
      path: ['comment'],
      error: 'must say why',
    }),
  );

/** Waivers: asked for by one, granted by another. What names policies stands in bodies, so that no name looks like a route. */
export const waiverRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/models/{model}/waivers',
    input: z.strictObject({ path: z.strictObject({ model: name }), query: page, body: nothing }),
    act: ({ path, query }, { registry }) => registry.waiversOf(path.model, query),
  }),
  route({
    method: 'POST',
    path: '/models/{model}/versions/{version}/waivers',
    status: 201,
    input: z.strictObject({
      path: modelVersion,
      query: nothing,
      body: z.strictObject({ policy, reason: text(1000), expires: day }),
    }),
    act: ({ path, body }, { registry, actor }) => registry.requestWaiver({ ...path, ...body }, actor),
  }),
  route({
    method: 'POST',
    path: '/models/{model}/versions/{version}/waivers/decision',
    input: z.strictObject({ path: modelVersion, query: nothing, body: decision }),
    act: ({ path, body }, { registry, actor }) => registry.decideWaiver({ ...path, ...body }, actor),
  }),
];
