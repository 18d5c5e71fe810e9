import { log } from '../shared/log';
import type { Change, Registry } from './store/types';

/** EventBridge's limit for one call. */
const BATCH = 10;
/** Pages that one call of resend works off at most. */
const MAX_PAGES = 20;
const PAGE = 100;
const OVERDUE_MS = 2 * 60_000;

export interface Publishing {
  readonly registry: Pick<Registry, 'markPublished' | 'pendingChanges'>;
  /** Sends at most ten; answers for each in order why it was refused, or undefined. */
  readonly put: (changes: readonly Change[]) => Promise<(string | undefined)[]>;
}

/**
 * Sends changes, then marks as published those that were taken. A crash between the two sends them again: whoever hears
 * a change reads the registry and finds the work done.
 * @returns the ids of the changes that were not taken.
 */
export const publish = async (changes: readonly Change[], { registry, put }: Publishing): Promise<Set<string>> => {
  const failed = new Set<string>();
  for (let start = 0; start < changes.length; start += BATCH) {
    const batch = changes.slice(start, start + BATCH);
    const refusals = await put(batch).catch((error: unknown) => batch.map(() => String(error)));
    const taken = batch.filter((_, i) => refusals[i] === undefined);
    for (const [i, { type, detail }] of batch.entries()) {
      if (refusals[i] === undefined) continue;
      failed.add(detail.changeId);
      log.error('A change was not published', { changeId: detail.changeId, type, reason: refusals[i] });
    }
    await registry.markPublished(taken.map(({ detail }) => detail.changeId));
  }
  return failed;
};

/**
 * Sends again what has been pending for two minutes, or was written by a clock more than two minutes ahead.
 * @returns how many were sent. @throws Error when some were refused again, so that the alarm on errors tells.
 */
export const resend = async (now: Date, publishing: Publishing): Promise<{ sent: number }> => {
  const seen = new Set<string>();
  let failed = 0;
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const [before, after] = [-OVERDUE_MS, OVERDUE_MS].map((ms) => new Date(now.getTime() + ms)) as [Date, Date];
    const overdue = await publishing.registry.pendingChanges(before, PAGE, after);
    const fresh = overdue.filter(({ detail }) => !seen.has(detail.changeId));
    if (fresh.length === 0) break;
    for (const { detail } of fresh) seen.add(detail.changeId);
    failed += (await publish(fresh, publishing)).size;
  }
  if (failed > 0) throw new Error(`${failed} of ${seen.size} overdue changes were refused; they stay pending.`);
  if (seen.size > 0) log.warn('Changes that the stream did not deliver were sent again', { sent: seen.size });
  return { sent: seen.size };
};
