import type { CloseReleaseInput } from '../../lib/release/contract';
import { type CloseReleaseTools, closeRelease } from './close-release';
import type { ExecutionFacts } from './executions.client';
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
  const end = endOf(await tools.describe(release.executionArn));
  if (!end) return 'ignored';
  for (let look = 0; !(await rollBack(releaseId, tools)).done; look++) {
    if (look >= tools.looks) return 'rolling-back';
    await tools.pause();
  }
  await closeRelease({ releaseId, executionArn: release.executionArn, ...end }, tools);
  return 'closed';
}

/** How a release ends whose execution ended so; undefined while it runs. */
export function endOf(
  execution: ExecutionFacts | undefined,
): Pick<CloseReleaseInput, 'status' | 'error' | 'cause'> | undefined {
  if (!execution) return { status: 'FAILED', cause: 'The execution is gone: Step Functions does not know it.' };
  const { status, error, cause } = execution;
  switch (status) {
    case 'RUNNING':
    case 'PENDING_REDRIVE':
      return undefined;
    case 'ABORTED':
      return { status: 'STOPPED', cause: cause || 'The execution was stopped by hand.' };
    case 'TIMED_OUT':
      return { status: 'FAILED', cause: 'The release took longer than a release may take.' };
    default:
      return {
        status: 'FAILED',
        error,
        cause: cause || `The execution ended as ${status} without closing its release.`,
      };
  }
}
