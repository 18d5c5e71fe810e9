import type { Actor } from '../../lib/registry/contract';

/** A function or an execution that acts for somebody: for the person at the beginning, whoever passed the wish on. */
export const actingFor = (asker: Actor, id: string, kind: 'execution' | 'service'): Actor => ({
  id,
  kind,
  onBehalfOf: asker.onBehalfOf ?? asker.id,
});
