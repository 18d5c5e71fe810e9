import * as z from 'zod/mini';
import { chainOf } from '../../../core/audit';
import { found, nothing, page, type Route, route, text } from '../http';

const of = text(400).check(z.regex(/^(model|dataset):./, 'must be model:<name> or dataset:<name>'));

/** The entries of the audit of one model or dataset, in their order; nobody writes them here. */
export const auditRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/audit',
    input: z.strictObject({ path: nothing, query: z.extend(page, { of }), body: nothing }),
    act: async ({ query: { of, ...part } }, { audit }) => {
      const [, kind, name] = /^(model|dataset):(.+)$/s.exec(of)!;
      const table = found(audit, 'This registry keeps no audit trail: MlopsPlatform makes one.');
      return table.page(chainOf(kind as 'model' | 'dataset', name!), part);
    },
  }),
];
