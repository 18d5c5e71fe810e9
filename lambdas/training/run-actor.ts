import type { Actor, RunRecord } from '../../lib/registry/contract';
import { actingFor } from '../shared/actor';

/** Who acts in a run: its execution, or the function where there is none, on behalf of who asked for the run. */
export const actorOf = ({ requestedBy, executionArn }: RunRecord, fallbackId: string): Actor =>
  executionArn ? actingFor(requestedBy, executionArn, 'execution') : actingFor(requestedBy, fallbackId, 'service');
