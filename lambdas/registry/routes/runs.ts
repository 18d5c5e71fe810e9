import * as z from 'zod/mini';
import { importKey, PREFIX } from '../../../lib/artifacts/contract';
import type { RunRequest } from '../../../lib/registry/contract';
import { Conflict, Forbidden } from '../../shared/errors';
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

const imported = z.strictObject({
  sha256,
  datasetVersion: z.optional(version),
  reason: z.optional(text(1000)),
});

const replay = z.strictObject({
  tolerance: z.optional(z.number().check(z.nonnegative())),
  reason: z.optional(text(1000)),
}) satisfies z.ZodMiniType<Pick<RunRequest, 'tolerance' | 'reason'>>;

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
    method: 'POST',
    path: '/models/{model}/imports',
    status: 201,
    input: z.strictObject({ path: z.strictObject({ model: name }), query: nothing, body: imported }),
    act: async ({ path: { model }, body }, { registry, actor, idempotencyKey }) => {
      const { sha256: digest, ...request } = body;
      const archive = { key: importKey(model, digest), sha256: digest };
      return registry.requestRun({ model, request: { ...request, archive, trigger: 'import' }, idempotencyKey }, actor);
    },
  }),
  route({
    method: 'POST',
    path: '/runs/{runId}/replays',
    status: 201,
    input: z.strictObject({ path: z.strictObject({ runId: id }), query: nothing, body: replay }),
    act: async ({ path, body }, { registry, actor, idempotencyKey }) => {
      const { runId, model, status, request, version } = found(
        await registry.getRun(path.runId),
        `There is no run '${path.runId}'.`,
      );
      if (status !== 'SUCCEEDED')
        throw new Conflict(`Run ${runId} is ${status}: only one that SUCCEEDED can be replayed.`);
      if (version === undefined) throw new Conflict(`Run ${runId} is a replay itself: replay ${request.replayOf}.`);
      const wish = { ...body, trigger: 'replay' as const, replayOf: runId };
      return registry.requestRun({ model, request: wish, idempotencyKey }, actor);
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
