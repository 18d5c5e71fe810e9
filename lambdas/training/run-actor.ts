import type { Actor, RunRecord } from '../../lib/registry/contract';

/** Who acts in a run: its execution, or the function where there is none, on behalf of who asked for the run. */
export const actorOf = (run: RunRecord, fallbackId: string): Actor => ({
  id: run.executionArn ?? fallbackId,
  kind: run.executionArn ? 'execution' : 'service',
  onBehalfOf: run.requestedBy.onBehalfOf ?? run.requestedBy.id,
});
