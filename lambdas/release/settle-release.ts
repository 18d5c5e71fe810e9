import { type ExecutionFacts, endOfExecution } from '../shared/executions';
import { type CloseReleaseTools, closeRelease } from './close-release';
import { isOpen, ownRelease } from './release';
import { type RollBackTools, rollBack } from './roll-back';

export interface SettleTools extends Omit<RollBackTools, 'store'>, Omit<CloseReleaseTools, 'store'> {
  readonly store: RollBackTools['store'] & CloseReleaseTools['store'];
  readonly describe: (executionArn: string) => Promise<ExecutionFacts | undefined>;
  /** Lets some seconds pass between two looks at the endpoint. */
  readonly pause: () => Promise<void>;
  /** How often to look before the sweeper takes over. */
  readonly looks: number;
}

export type Settled = 'closed' | 'rolling-back' | 'ignored';

/**
 * Brings a release to its end whose execution ended without closing it: first the endpoint back, then the record. While
 * the endpoint is on its way the release stays open, and the sweeper comes again.
 */
export async function settleRelease(releaseId: string, tools: SettleTools): Promise<Settled> {
  const release = await ownRelease(tools.store, tools.model, releaseId);
  if (!isOpen(release) || !release.executionArn) return 'ignored';
  const end = endOfExecution('release', await tools.describe(release.executionArn));
  if (!end) return 'ignored';
  for (let look = 0; !(await rollBack(releaseId, tools)).done; look++) {
    if (look >= tools.looks) return 'rolling-back';
    await tools.pause();
  }
  await closeRelease({ releaseId, executionArn: release.executionArn, ...end }, tools);
  return 'closed';
}
