import * as z from 'zod/mini';
import { nothing, type Route, route, text } from '../http';
import { nodeOf } from '../things';

const number = (max: number) =>
  z.pipe(
    z
      .string()
      .check(
        z.refine(
          (value) => /^[1-9]\d*$/.test(value) && Number(value) <= max,
          `must be a whole number from 1 to ${max}`,
        ),
      ),
    z.transform(Number),
  );

/** What a thing came from, and all that came of it. */
export const lineageRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/lineage',
    input: z.strictObject({
      path: nothing,
      query: z.strictObject({
        of: text(1024),
        direction: z.optional(z.enum(['up', 'down', 'both'])),
        depth: z.optional(number(50)),
        limit: z.optional(number(500)),
      }),
      body: nothing,
    }),
    act: async ({ query: { of, direction = 'both', depth = 12, limit = 200 } }, { registry }) =>
      registry.lineage(await nodeOf(of, registry), { direction, depth, limit }),
  }),
];
