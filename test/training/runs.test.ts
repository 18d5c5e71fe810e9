import { beforeEach, describe, expect, it } from 'vitest';
import { closeRun } from '../../lambdas/training/close-run';
import { attemptOf, endOf } from '../../lambdas/training/executions';
import { requestRun } from '../../lambdas/training/request-run';
import { startRun, stopRun } from '../../lambdas/training/start-run';
import { sweepRuns } from '../../lambdas/training/sweep-runs';
import type { RunRecord } from '../../lib/registry/contract';
import type { CloseRunInput } from '../../lib/training/contract';
import { aRun, FakeExecutions, FakeRegistry, fakeJobs, RUN_ID } from './fakes';

let registry: FakeRegistry;
let executions: FakeExecutions;
const start = () => startRun(RUN_ID, { registry, executions, actorId: 'fn' });
const stop = () => stopRun(RUN_ID, { registry, executions, actorId: 'fn' });
const tracked: RunRecord[] = [];
const endTracked = async (run: RunRecord): Promise<void> => void tracked.push(run);
const stopRequestedBy = { id: 'ada', kind: 'person' } as const;

beforeEach(() => {
  registry = new FakeRegistry(aRun({ status: 'REQUESTED', executionArn: undefined }));
  executions = new FakeExecutions();
});

describe('starting a run', () => {
  it('starts one execution, named for run and attempt, when the same event comes twice or two come at once', async () => {
    expect(await Promise.all([start(), start()])).toContain('started');
    expect(await start()).toBe('ignored');
    expect([...executions.started]).toEqual([[`${RUN_ID}-1`, { runId: RUN_ID, attempt: 1 }]]);
    expect(registry.run.status).toBe('RUNNING');
  });

  it('finds its execution when it died before it recorded it', async () => {
    await executions.start(`${RUN_ID}-1`, {});
    expect(await start()).toBe('started');
    expect(executions.started.size).toBe(1);
  });

  it.each(['RUNNING', 'SUCCEEDED', 'STOPPED'] as const)('does nothing for a run that is %s', async (status) => {
    registry.run = aRun({ status });
    expect(await start()).toBe('ignored');
    expect(executions.started.size).toBe(0);
  });

  it('starts nothing that somebody wants stopped', async () => {
    registry.run = { ...registry.run, stopRequestedBy };
    expect(await start()).toBe('stopped');
    expect(executions.started.size).toBe(0);
    expect(registry.run).toMatchObject({ status: 'STOPPED', reason: 'Stopped by ada.' });
  });
});

describe('stopping a run', () => {
  it('stops the execution', async () => {
    registry.run = aRun({ stopRequestedBy });
    expect(await stop()).toBe('stopped');
    expect(executions.stopped).toEqual([registry.run.executionArn]);
  });

  it('stops nothing that the registry does not want stopped: the event alone is no order', async () => {
    registry.run = aRun();
    expect(await stop()).toBe('ignored');
    expect(executions.stopped).toEqual([]);
  });
});

describe('asking for a run', () => {
  const dependencies = () => ({ registry, model: 'credit', dataset: 'loans', actorId: 'fn' });
  const event = { id: 'e1', source: 'my.app', detailType: 'Go' };

  it('asks once for a dataset version, however often and under whatever event it is announced', async () => {
    const dataset = { version: 3, createdBy: 'ada' };
    const first = await requestRun({ ...event, dataset }, dependencies());
    expect(await requestRun({ ...event, id: 'e2', dataset }, dependencies())).toEqual(first);
    expect(registry.requests).toHaveLength(1);
  });

  it('asks once for each other event', async () => {
    await requestRun(event, dependencies());
    await requestRun(event, dependencies());
    await requestRun({ ...event, id: 'e2' }, dependencies());
    expect(registry.requests).toHaveLength(2);
  });
});

describe('closing a run', () => {
  const names = { preprocess: 'p', train: 't', transform: 'x', championTransform: 'c', model: 'm', championModel: 'n' };
  const running = { status: 'InProgress', instances: {} };
  const close = (input: Partial<CloseRunInput>, jobs = fakeJobs({ t: running })) =>
    closeRun({ runId: RUN_ID, attempt: 1, status: 'FAILED', ...input }, { registry, jobs, endTracked, actorId: 'fn' });

  beforeEach(() => {
    const steps = [{ step: 'Train', status: 'SUCCEEDED' as const, attempt: 1, costUsd: 0.25 }];
    registry.run = aRun({ plan: { context: { attempt: 1, names } }, steps });
  });

  it('keeps the message that was meant for people, and adds up the cost', async () => {
    const cause = JSON.stringify({ errorType: 'RunFailed', errorMessage: 'no model', trace: ['at x'] });
    expect(await close({ error: 'RunFailed', cause })).toEqual({ status: 'FAILED', reason: 'no model' });
    expect(registry.run).toMatchObject({ status: 'FAILED', reason: 'no model', costUsd: 0.25 });
  });

  it('stops what still runs, and nothing else', async () => {
    const jobs = fakeJobs({ t: running, p: { status: 'Completed', instances: {} } });
    await close({}, jobs);
    expect(jobs.stopped).toEqual(['t']);
  });

  it('leaves jobs alone when the run succeeded', async () => {
    const jobs = fakeJobs({ t: running });
    await close({ status: 'SUCCEEDED', metrics: { roc_auc: 0.9 }, version: 2 }, jobs);
    expect(jobs.stopped).toEqual([]);
    expect(registry.run).toMatchObject({ status: 'SUCCEEDED', version: 2, metrics: { roc_auc: 0.9 } });
    expect(registry.run.reason).toBeUndefined();
  });

  it('ends the run in MLflow where its script logged there, also when a try before did not come so far', async () => {
    tracked.length = 0;
    await close({});
    expect(tracked).toEqual([]);
    registry.run = aRun({ plan: { context: { attempt: 1, names, mlflow: { runId: RUN_ID } } } });
    for (const _ of [1, 2]) await close({ cause: 'no model' });
    expect(tracked.map(({ status, runId }) => [status, runId])).toEqual([
      ['FAILED', RUN_ID],
      ['FAILED', RUN_ID],
    ]);
  });

  it('closes once: the first close wins', async () => {
    await close({ status: 'REJECTED', cause: 'bad data' });
    expect(await close({ cause: 'later' })).toEqual({ status: 'REJECTED', reason: 'bad data' });
    expect(registry.closes).toBe(1);
  });

  it('never closes a later attempt for an earlier one', async () => {
    registry.run = { ...registry.run, attempt: 2 };
    await close({ attempt: 1 });
    expect(registry.run.status).toBe('RUNNING');
  });

  it('calls a run stopped that somebody asked to stop, whatever broke on the way', async () => {
    registry.run = { ...registry.run, stopRequestedBy };
    expect(await close({ cause: 'the job was stopped' })).toEqual({ status: 'STOPPED', reason: 'Stopped by ada.' });
  });

  it('knows nothing of executions that belong to no run', async () => {
    expect(await close({ runId: 'unknown-20260102030405-abcdef' })).toBeUndefined();
  });
});

describe('the end of an execution', () => {
  const run = { runId: RUN_ID, attempt: 2 };

  it('is read from its name', () => {
    expect(attemptOf(`${RUN_ID}-2`)).toEqual(run);
    expect(attemptOf('by-hand')).toBeUndefined();
  });

  it.each([
    ['ABORTED', 'STOPPED'],
    ['TIMED_OUT', 'FAILED'],
    ['FAILED', 'FAILED'],
    ['SUCCEEDED', 'FAILED'],
  ])('%s leaves a run that nobody closed as %s, with a reason', (execution, status) => {
    expect(endOf(run, { status: execution })).toMatchObject({ ...run, status, cause: expect.any(String) });
  });

  it('is not there while it runs', () => {
    expect(endOf(run, { status: 'RUNNING' })).toBeUndefined();
  });
});

describe('sweeping', () => {
  const sweep = (minutesLater = 0) =>
    sweepRuns({
      registry: Object.assign(registry, { listOpenRuns: async () => ({ items: [registry.run] }) }),
      executions,
      jobs: fakeJobs({}),
      model: 'credit',
      endTracked,
      actorId: 'fn',
      now: () => new Date(Date.parse(registry.run.requestedAt) + minutesLater * 60_000),
    });

  it('starts what was requested and never began, after ten minutes', async () => {
    expect((await sweep(9)).started).toEqual([]);
    expect((await sweep(10)).started).toEqual([RUN_ID]);
    expect(registry.run.status).toBe('RUNNING');
  });

  it('starts at once what a clock requested that was an hour ahead', async () => {
    expect((await sweep(-9)).started).toEqual([]);
    expect((await sweep(-60)).started).toEqual([RUN_ID]);
  });

  it('closes a run whose execution has ended', async () => {
    registry.run = aRun();
    executions.facts = { status: 'ABORTED' };
    expect((await sweep()).closed).toEqual([RUN_ID]);
    expect(registry.run).toMatchObject({ status: 'STOPPED', reason: 'The execution was stopped by hand.' });
  });

  it('closes a run whose execution is gone', async () => {
    registry.run = aRun();
    executions.facts = undefined;
    expect((await sweep()).closed).toEqual([RUN_ID]);
    expect(registry.run.status).toBe('FAILED');
  });

  it('stops an execution whose stop was lost', async () => {
    registry.run = aRun({ stopRequestedBy });
    expect((await sweep()).stopped).toEqual([RUN_ID]);
    expect(executions.stopped).toHaveLength(1);
  });

  it('leaves alone what runs, and what belongs to other models', async () => {
    registry.run = aRun();
    expect(await sweep()).toEqual({ started: [], stopped: [], closed: [], failed: [] });
    registry.run = aRun({ model: 'other', status: 'REQUESTED' });
    expect((await sweep(60)).started).toEqual([]);
  });

  it('names a run that it could not handle, and goes on', async () => {
    registry.run = aRun();
    executions.describe = async () => {
      throw new Error('throttled');
    };
    expect((await sweep()).failed).toEqual([{ runId: RUN_ID, reason: 'throttled' }]);
  });
});
