import type { ReleaseRecord, RunRecord } from '../../../lib/registry/contract';
import { RELEASE_STEPS } from '../../../lib/release/contract';
import { RUN_STEPS } from '../../../lib/training/contract';
import type { Output } from '../output';
import type { Session } from '../session';
import { follow } from './follow';
import { enteredStates } from './history';
import { isOpen, releaseStepOf, type StateEntry } from './timeline';

export interface WatchOptions {
  readonly timeoutMs?: number;
}

/** The states that the execution behind an open record has entered. */
export async function statesOf(
  session: Session,
  record: { readonly executionArn?: string; readonly status: string },
): Promise<StateEntry[]> {
  if (!record.executionArn || !isOpen(record.status)) return [];
  return enteredStates(await session.sfn(), record.executionArn);
}

/** Watches a run until it has ended. */
export async function watchRun(
  session: Session,
  out: Output,
  runId: string,
  options: WatchOptions = {},
): Promise<RunRecord> {
  const registry = await session.registry();
  return follow<RunRecord>({
    out,
    read: () => registry.run(runId),
    entries: (run) => statesOf(session, run),
    order: RUN_STEPS,
    pollMs: session.pollMs,
    ...options,
    again: `mlops runs show ${runId} --follow`,
  });
}

/** Watches a release until it has ended or waits for a person. */
export async function watchRelease(
  session: Session,
  out: Output,
  releaseId: string,
  options: WatchOptions = {},
): Promise<ReleaseRecord> {
  const registry = await session.registry();
  let waits = 0;
  return follow<ReleaseRecord>({
    out,
    read: () => registry.release(releaseId),
    entries: (release) => statesOf(session, release),
    order: RELEASE_STEPS,
    stepOf: releaseStepOf,
    pollMs: session.pollMs,
    // An automatic approval passes through this status in a moment: it waits for a person only where it stays there.
    until: ({ status }) => {
      waits = status === 'WAITING_FOR_APPROVAL' ? waits + 1 : 0;
      return waits > 1;
    },
    ...options,
    again: 'mlops models show <model>@<version>',
  });
}
