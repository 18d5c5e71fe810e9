import * as z from 'zod/mini';
import { PREFIX } from '../../../lib/artifacts/contract';
import type { RunRequest } from '../../../lib/registry/contract';
import { Forbidden } from '../../shared/errors';
import { found, id, name, nothing, page, type Route, route, sha256, text, version } from '../http';

const request = z.strictObject({
  datasetVersion: z.optional(version),
  parameters: z.optional(z.record(text(256), z.string().check(z.maxLength(2500)))),
  source: z.optional(
    z.strictObject({
      key: z.string().check(z.startsWith(PREFIX.code), z.maxLength(1024)),
      sha256,
      commit: z.optional(text(100)),
      dirty: z.optional(z.boolean()),
    }),
  ),
  reason: z.optional(text(1000)),
}) satisfies z.ZodMiniType<Omit<RunRequest, 'trigger'>>;

const run = z.strictObject({ path: z.strictObject({ runId: id }), query: nothing, body: nothing });

/** Runs: asked for, looked at, stopped, resumed. */
export const runRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/models/{model}/runs',
    input: z.strictObject({ path: z.strictObject({ model: name }), query: page, body: nothing }),
    act: ({ path, query }, { registry }) => registry.listRuns(path.model, query),
  }),
  route({
    method: 'POST',
    path: '/models/{model}/runs',
    status: 201,
    input: z.strictObject({ path: z.strictObject({ model: name }), query: nothing, body: request }),
    act: async ({ path, body }, { registry, actor, idempotencyKey, production }) => {
      if (production && body.source) {
        throw new Forbidden(
          "This is production: runs train with the source of the model's stack only. Deploy the source, then run " +
            "without 'source'.",
        );
      }
      return registry.requestRun({ ...path, request: { ...body, trigger: 'command' }, idempotencyKey }, actor);
    },
  }),
  route({
    method: 'GET',
    path: '/runs/{runId}',
    input: run,
    act: async ({ path }, { registry }) => found(await registry.getRun(path.runId), `There is no run '${path.runId}'.`),
  }),
  route({
    method: 'POST',
    path: '/runs/{runId}/stop',
    input: run,
    act: ({ path }, { registry, actor }) => registry.requestStop(path.runId, actor),
  }),
  route({
    method: 'POST',
    path: '/runs/{runId}/resume',
    input: run,
    act: ({ path }, { registry, actor }) => registry.resumeRun(path.runId, actor),
  }),
];
