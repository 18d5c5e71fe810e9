import { setTimeout as sleep } from 'node:timers/promises';

/** Polls until `look` finds something; rejects after a minute, with what it last threw. */
export async function eventually<T>(look: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + 60_000;
  let last: unknown = new Error('the condition never held');
  while (Date.now() < deadline) {
    try {
      const found = await look();
      if (found !== undefined) return found;
    } catch (error) {
      last = error;
    }
    await sleep(200);
  }
  throw last;
}
