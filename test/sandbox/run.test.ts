import { describe, expect, it } from 'vitest';
import { run } from '../../sandbox/src/run';

const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

describe('running a program with a time limit', () => {
  it('leaves no timer behind where the program does not exist, which would hold the process', async () => {
    const before = timers();
    const { code, output } = await run('no-such-program', [], { timeoutMs: 60_000 });
    expect(code).toBeUndefined();
    expect(output).toContain('ENOENT');
    expect(timers()).toBeLessThanOrEqual(before);
  });

  it('ends a program that takes longer', async () => {
    const { code } = await run(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { timeoutMs: 200 });
    expect(code).toBeUndefined();
  });
});
