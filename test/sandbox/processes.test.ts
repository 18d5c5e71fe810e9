import { describe, expect, it } from 'vitest';
import { runningProcesses, sandboxProcesses, totalsOf } from '../../sandbox/src/processes';

const row = (pid: number, parent: number, memoryBytes: number) => ({
  ...{ pid, parent, memoryBytes, group: pid, session: pid, started: '0', cpuSeconds: 1, childCpuSeconds: 0 },
});

describe("a sandbox's processes", () => {
  const table = [
    row(1, 0, 1),
    row(10, 1, 100),
    row(20, 10, 200),
    row(21, 20, 50),
    row(30, 10, 5),
    row(31, 30, 70),
    row(40, 10, 60),
    row(99, 1, 999),
  ];
  const sageMaker = { jobs: [{ name: 'train', pid: 30, peakMemoryBytes: 90 }], endpoints: [{ name: 'live', pid: 40 }] };
  const found = sandboxProcesses({ daemon: 10, miniStack: 20 }, sageMaker, table, {
    commandOf: () => 'node /x y/tmp/ministack-lambda-my-stack-Fn-abc_12Z9/_worker.js',
    memoryOf: ({ memoryBytes }) => memoryBytes,
    upSeconds: () => 9.6,
  });

  it('are told apart, a job with all that it started as one, and no stranger among them', () => {
    expect(found.map(({ kind, name, memoryBytes }) => [kind, name, memoryBytes])).toEqual([
      ['daemon', undefined, 100],
      ['ministack', undefined, 200],
      ['function', 'my-stack-Fn', 50],
      ['job', 'train', 75],
      ['endpoint', 'live', 60],
    ]);
    expect(found[3]).toMatchObject({ pid: 30, peakMemoryBytes: 90, cpuSeconds: 2, upSeconds: 10 });
  });

  it('are summed with and without what serves and works', () => {
    expect(totalsOf(found)).toEqual({ processes: 5, memoryBytes: 485, idleMemoryBytes: 350, cpuSeconds: 6 });
  });
});

it('are read from the operating system', async () => {
  const [daemon] = await runningProcesses({ daemon: process.pid, miniStack: 0 });
  expect(daemon).toMatchObject({ kind: 'daemon', pid: process.pid });
  expect(daemon?.memoryBytes).toBeGreaterThan(10_000_000);
  expect(daemon?.upSeconds).toBeGreaterThanOrEqual(0);
  expect(daemon?.upSeconds).toBeLessThan(3_600);
});
