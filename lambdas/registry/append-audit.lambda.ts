import * as z from 'zod/mini';
import { STORE_ENV } from '../../lib/artifacts/contract';
import { requireEnv } from '../shared/environment';
import { defineHandler } from '../shared/handler';
import { signerFromEnvironment } from '../shared/kms-signer.client';
import { appendAudit, sweepAudits } from './append-audit';
import { headsIn } from './audit-heads.client';
import { auditFromEnvironment } from './audit-table';
import { RegistryStore } from './store';

const auditing = {
  registry: RegistryStore.fromEnvironment(),
  table: auditFromEnvironment()!,
  keepHead: headsIn(requireEnv(STORE_ENV.evidenceBucket), signerFromEnvironment()),
};
/** A change's event, whose id begins with its chain, or a schedule's, which names none. */
const event = z.object({ detail: z.object({ changeId: z.optional(z.string()) }) });

/** Brings the audit of the chain that changed up to date; by the schedule, those of which an event was lost. */
export const handler = defineHandler('append-audit', event, async ({ detail: { changeId } }) => {
  if (changeId === undefined) return sweepAudits(new Date(), auditing);
  const [chain, sequence] = changeId.split('#');
  return sequence ? { appended: await appendAudit(chain!, auditing) } : { appended: 0 };
});
