import { GetExecutionHistoryCommand, type SFNClient } from '@aws-sdk/client-sfn';
import type { StateEntry } from './timeline';

/**
 * The states that an execution has entered, oldest first. Empty where it can't be read: the registry's record is what
 * counts, the history only tells sooner what runs.
 */
export async function enteredStates(sfn: SFNClient, executionArn: string): Promise<StateEntry[]> {
  const entries: StateEntry[] = [];
  let next: string | undefined;
  try {
    do {
      const page = await sfn.send(
        new GetExecutionHistoryCommand({ executionArn, maxResults: 1000, ...(next ? { nextToken: next } : {}) }),
      );
      for (const { stateEnteredEventDetails, timestamp } of page.events ?? []) {
        const state = stateEnteredEventDetails?.name;
        if (state && timestamp) entries.push({ state, at: timestamp.toISOString() });
      }
      next = page.nextToken;
    } while (next);
  } catch (error) {
    if (error instanceof Error && /AccessDenied|ExecutionDoesNotExist/.test(error.name)) return entries;
    throw error;
  }
  return entries;
}
