import { beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { publish, resend } from '../../lambdas/registry/publish';
import type { RegistryStore } from '../../lambdas/registry/store';
import type { Change } from '../../lambdas/registry/store/types';
import { ADA, Clock, changesOf, MODEL, newRegistry, versionInput } from './table';

let store: RegistryStore;
let clock: Clock;
let sent: string[][];
const later = (ms: number) => new Date(clock.now().getTime() + ms);

beforeEach(async () => {
  clock = new Clock();
  sent = [];
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  store = (await newRegistry(inject('sandbox'))).open(clock.now);
  await store.registerModel(MODEL, ADA);
  for (let i = 0; i < 11; i++) await store.registerVersion(versionInput(), ADA);
});

const taking = (refuse: (change: Change) => string | undefined = () => undefined) => ({
  registry: store,
  put: async (batch: readonly Change[]) => {
    sent.push(batch.map(({ type }) => type));
    return batch.map(refuse);
  },
});

describe('publishing', () => {
  it('sends in batches of ten, and what was taken is no longer pending', async () => {
    const pending = await store.pendingChanges(later(1), 200);
    expect(await publish(pending, taking())).toEqual(new Set());
    expect(sent.map((batch) => batch.length)).toEqual([10, 2]);
    expect(await changesOf(store)).toEqual([]);
    await store.markPublished(pending.map(({ detail }) => detail.changeId));
    expect(await changesOf(store)).toEqual([]);
  });

  it('keeps pending exactly what was refused', async () => {
    const pending = await store.pendingChanges(later(1), 200);
    const refused = pending[3]!.detail.changeId;
    const failed = await publish(
      pending,
      taking(({ detail }) => (detail.changeId === refused ? 'InternalFailure' : undefined)),
    );
    expect(failed).toEqual(new Set([refused]));
    expect((await changesOf(store)).map(({ changeId }) => changeId)).toEqual([refused]);
  });

  it('keeps everything pending while the bus does not answer', async () => {
    const pending = await store.pendingChanges(later(1), 200);
    const down = { registry: store, put: () => Promise.reject(new Error('down')) };
    expect((await publish(pending, down)).size).toBe(12);
    expect(await changesOf(store)).toHaveLength(12);
  });
});

describe('resending', () => {
  it('leaves alone what the stream may still deliver', async () => {
    expect(await resend(later(60_000), taking())).toEqual({ sent: 0 });
    expect(await resend(later(-60_000), taking())).toEqual({ sent: 0 });
  });

  it('sends what is overdue, once', async () => {
    expect(await resend(later(180_000), taking())).toEqual({ sent: 12 });
    expect(await resend(later(180_000), taking())).toEqual({ sent: 0 });
  });

  it('sends what a clock wrote that was an hour ahead, and does not wait for that hour', async () => {
    expect(await resend(later(-3_600_000), taking())).toEqual({ sent: 12 });
  });

  it('fails, and so tells, when the bus refuses again', async () => {
    await expect(
      resend(
        later(180_000),
        taking(() => 'Denied'),
      ),
    ).rejects.toThrow('12 of 12 overdue changes');
    expect(await changesOf(store)).toHaveLength(12);
  });
});
