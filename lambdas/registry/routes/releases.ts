import * as z from 'zod/mini';
import { found, id, name, nothing, page, type Route, route, sha256, text, versionInPath } from '../http';

const release = z.strictObject({ releaseId: id });

const decision = z
  .strictObject({
    decision: z.enum(['APPROVED', 'REJECTED']),
    comment: z.optional(text(1000)),
    manifestDigest: sha256,
  })
  .check(
    z.refine(({ decision, comment }) => decision === 'APPROVED' || comment !== undefined, {
      path: ['comment'],
      error: 'must say why it is rejected',
    }),
  );

/** Releases: asked for, looked at, decided. */
export const releaseRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/models/{model}/releases',
    input: z.strictObject({ path: z.strictObject({ model: name }), query: page, body: nothing }),
    act: ({ path, query }, { registry }) => registry.listReleases(path.model, query),
  }),
  route({
    method: 'POST',
    path: '/models/{model}/versions/{version}/releases',
    status: 201,
    input: z.strictObject({
      path: z.strictObject({ model: name, version: versionInPath }),
      query: nothing,
      body: z.strictObject({ reason: z.optional(text(1000)) }),
    }),
    act: ({ path, body }, { registry, actor, idempotencyKey }) =>
      registry.requestRelease({ ...path, ...body, idempotencyKey }, actor),
  }),
  route({
    method: 'GET',
    path: '/releases/{releaseId}',
    input: z.strictObject({ path: release, query: nothing, body: nothing }),
    act: async ({ path }, { registry }) =>
      found(await registry.getRelease(path.releaseId), `There is no release '${path.releaseId}'.`),
  }),
  route({
    method: 'POST',
    path: '/releases/{releaseId}/approval',
    input: z.strictObject({
      path: release,
      query: nothing,
      body: decision,
    }),
    act: ({ path, body }, { registry, actor }) =>
      registry.recordApproval(path.releaseId, { ...body, by: actor, at: new Date().toISOString() }, actor),
  }),
];
