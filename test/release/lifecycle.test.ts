import { beforeEach, describe, expect, it } from 'vitest';
import { closeRelease } from '../../lambdas/release/close-release';
import { requestRelease } from '../../lambdas/release/request-release';
import { settleRelease } from '../../lambdas/release/settle-release';
import { startRelease } from '../../lambdas/release/start-release';
import { sweepReleases } from '../../lambdas/release/sweep-releases';
import { Conflict } from '../../lambdas/shared/errors';
import type { ExecutionFacts } from '../../lambdas/shared/executions';
import type { ReleaseRecord } from '../../lib/registry/contract';
import { EXECUTION, FakeRegistry, person, RELEASE, releaseRecord, versionRecord } from './fakes';

const names = { model: 'credit-v3-abcdef', endpointConfig: 'credit-v3-abcdef', endpoint: 'credit' };
const verdict = { policy: 'p', kind: 'metric', passed: false, policyDigest: 'd', sentence: 'Too low.' };

describe('the life of a release', () => {
  let registry: FakeRegistry;
  const set = (changes: Partial<ReleaseRecord>) => {
    registry.release = { ...registry.release, ...changes };
  };
  const tools = () => ({ store: registry.store, model: 'credit' });

  beforeEach(() => {
    registry = new FakeRegistry();
  });

  describe('request', () => {
    const request = (store: object, model = 'credit') =>
      requestRelease({ model, version: 3 }, { store: store as never, model: 'credit', actorId: 'request-release' });
    const store = (version = versionRecord()) => {
      const keys = new Map<string, string>();
      return {
        keys,
        getVersion: async () => version,
        requestRelease: async ({ idempotencyKey }: { idempotencyKey: string }) => {
          if (!keys.has(idempotencyKey)) keys.set(idempotencyKey, `credit-${keys.size + 1}`);
          return { releaseId: keys.get(idempotencyKey) };
        },
      };
    };

    it('asks once for each version, however often the event comes', async () => {
      const once = store();
      expect(await request(once)).toEqual({ releaseId: 'credit-1' });
      expect(await Promise.all([request(once), request(once)])).toEqual([
        { releaseId: 'credit-1' },
        { releaseId: 'credit-1' },
      ]);
    });

    it('asks for nothing that is no candidate, is of another model, or was asked for by a person', async () => {
      expect(await request(store(versionRecord({ status: 'REJECTED' })))).toEqual({
        ignored: 'the version is REJECTED',
      });
      expect(await request(store(), 'other')).toHaveProperty('ignored');
      const taken = { ...store(), requestRelease: () => Promise.reject(new Conflict('a release is open')) };
      expect(await request(taken)).toEqual({ ignored: 'a release is open' });
    });
  });

  describe('start', () => {
    const started: string[] = [];
    const start = () =>
      startRelease(RELEASE, {
        ...tools(),
        start: async (name) => {
          started.push(name);
          return EXECUTION;
        },
      });

    it('starts a requested release under its own name, and ignores the event after that', async () => {
      set({ status: 'REQUESTED', executionArn: undefined });
      expect(await start()).toBe('started');
      expect(await start()).toBe('ignored');
      expect(started).toEqual([RELEASE]);
    });

    it('refuses a release that does not exist, or is of another model', async () => {
      set({ releaseId: 'another' });
      await expect(start()).rejects.toMatchObject({ name: 'NotFound' });
      registry.release = releaseRecord({ model: 'other' });
      await expect(start()).rejects.toMatchObject({ name: 'Conflict' });
    });
  });

  describe('close', () => {
    const close = (status: 'SUCCEEDED' | 'REJECTED' | 'FAILED', cause?: string) =>
      closeRelease({ releaseId: RELEASE, status, cause }, tools());

    it('keeps the first end and its reason, out of the JSON around it', async () => {
      expect(await close('FAILED', '{"errorType":"ReleaseFailed","errorMessage":"It differs."}')).toEqual({
        status: 'FAILED',
        reason: 'It differs.',
      });
      expect(await close('SUCCEEDED')).toEqual({ status: 'FAILED', reason: 'It differs.' });
      expect(registry.calls).toEqual(['close FAILED']);
    });

    it('rejects the version that policies refused, also when it died between the two', async () => {
      set({ verdicts: [verdict], status: 'REJECTED', reason: 'Too low.' });
      await close('REJECTED', 'Too low.');
      expect(registry.versions.get(3)).toMatchObject({ status: 'REJECTED', reason: `Release ${RELEASE}: Too low.` });
      await close('REJECTED', 'Too low.');
      expect(registry.calls).toEqual(['version REJECTED']);
    });

    it('rejects no version because nobody decided, or because a deployment failed', async () => {
      await close('REJECTED', 'approval timed out');
      expect(registry.versions.get(3)?.status).toBe('CANDIDATE');
    });

    it('calls a release successful whose version serves, whatever came after', async () => {
      registry.deployments.push({ releaseId: RELEASE });
      expect(await close('FAILED', 'The message was not sent.')).toMatchObject({ status: 'SUCCEEDED' });
    });

    it('ends the steps that never told how they ended', async () => {
      set({ steps: [{ step: 'Deploy', status: 'RUNNING', attempt: 1, output: { names } }] });
      await close('FAILED', 'no capacity');
      expect(registry.release.steps).toMatchObject([{ status: 'FAILED', reason: 'no capacity', output: { names } }]);
    });
  });

  describe('settle', () => {
    let endpoint: { status: string; config: string; images: string[] } | undefined;
    const settle = (execution: ExecutionFacts | undefined, looks = 5) =>
      settleRelease(RELEASE, {
        ...tools(),
        describe: async () => execution,
        pause: async () => {
          if (endpoint?.status === 'Updating') endpoint = { ...endpoint, status: 'InService' };
        },
        looks,
        sageMaker: {
          describeEndpoint: async () => endpoint,
          createEndpoint: async () => {},
          updateEndpoint: async (_name, config) => {
            endpoint = { status: 'Updating', config, images: [] };
          },
          deleteEndpoint: async () => {},
          deleteConfig: async () => {},
          deleteModel: async () => {},
        },
      });
    const half = () => {
      const output = { names, endpointExists: true, previousConfig: 'credit-v2' };
      set({ steps: [{ step: 'Deploy', status: 'RUNNING', attempt: 1, output }] });
      endpoint = { status: 'InService', config: names.endpointConfig, images: [] };
    };

    it('brings the endpoint back before it closes a release that was stopped half way', async () => {
      half();
      expect(await settle({ status: 'ABORTED' })).toBe('closed');
      expect(endpoint?.config).toBe('credit-v2');
      expect(registry.release).toMatchObject({ status: 'STOPPED', reason: 'The execution was stopped by hand.' });
      expect(await settle({ status: 'ABORTED' })).toBe('ignored');
    });

    it('leaves the release open while the endpoint is on its way, for the sweeper', async () => {
      half();
      expect(await settle({ status: 'TIMED_OUT' }, 0)).toBe('rolling-back');
      expect(registry.release.status).toBe('RUNNING');
    });

    it('does nothing on a forged event: the execution still runs', async () => {
      expect(await settle({ status: 'RUNNING' })).toBe('ignored');
      expect(registry.release.status).toBe('RUNNING');
    });

    it('ends a release whose execution nobody knows', async () => {
      expect(await settle(undefined)).toBe('closed');
      expect(registry.release.status).toBe('FAILED');
    });
  });

  describe('sweep', () => {
    const sweep = async (execution: ExecutionFacts, now = '2026-01-01T01:00:00.000Z') => {
      const store = {
        getRelease: async () => registry.release,
        listOpenReleases: async () => ({ items: [registry.release] }),
        escalateApproval: (releaseId: string) => registry.escalateApproval(releaseId),
      };
      const { handed, escalated } = await sweepReleases({
        store,
        model: 'credit',
        escalateAfterMinutes: 30,
        actorId: 'sweeper',
        describe: async () => execution,
        hand: async () => {},
        now: () => new Date(now),
      });
      return [...handed.map(({ to }) => to as string), ...escalated];
    };
    const approval = {
      decision: 'APPROVED' as const,
      by: person,
      at: '2026-01-01T00:00:00.000Z',
      manifestDigest: 'm',
    };

    it('starts what nobody started, but gives the event its time', async () => {
      set({ status: 'REQUESTED', executionArn: undefined });
      expect(await sweep({ status: 'RUNNING' })).toEqual(['start']);
      expect(await sweep({ status: 'RUNNING' }, '2026-01-01T00:05:00.000Z')).toEqual([]);
      expect(await sweep({ status: 'RUNNING' }, '2025-12-31T23:00:00.000Z')).toEqual(['start']);
    });

    it('wakes what waits for a decision that was made', async () => {
      set({ approval, steps: [{ step: 'Approve', status: 'RUNNING', attempt: 1 }] });
      expect(await sweep({ status: 'RUNNING' })).toEqual(['sendApproval']);
    });

    it('brings before others, once, what nobody decides', async () => {
      set({ status: 'WAITING_FOR_APPROVAL', waitingSince: '2026-01-01T00:35:00.000Z' });
      expect(await sweep({ status: 'RUNNING' })).toEqual([]);
      set({ waitingSince: '2026-01-01T00:30:00.000Z' });
      expect(await sweep({ status: 'RUNNING' })).toEqual([RELEASE]);
      expect(await sweep({ status: 'RUNNING' })).toEqual([]);
    });

    it('settles what has ended, and leaves alone what runs or belongs to others', async () => {
      expect(await sweep({ status: 'FAILED' })).toEqual(['settle']);
      expect(await sweep({ status: 'RUNNING' })).toEqual([]);
      set({ model: 'other' });
      expect(await sweep({ status: 'FAILED' })).toEqual([]);
    });
  });
});
