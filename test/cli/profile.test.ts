import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { csvOf, normal, numbers } from '../core/profile/sources';
import { mlops } from './run-command';

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'profiles-'));
  const rows = (seed: number, shift: number) => {
    const next = numbers(seed);
    return csvOf(
      ['x', 'c'],
      Array.from({ length: 600 }, (_, at) => [normal(next) + shift, at % 2 ? 'odd' : 'even']),
    );
  };
  writeFileSync(join(cwd, 'before.csv'), rows(1, 0));
  writeFileSync(join(cwd, 'same.csv'), rows(2, 0));
  writeFileSync(join(cwd, 'after.csv'), rows(3, 1));
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const run = (...args: string[]) => mlops(args, { cwd });

describe('mlops drift', () => {
  it('exits 3 where files differ, and gives every number under its standard name', async () => {
    const moved = await run('--json', 'drift', 'before.csv', 'after.csv');
    expect(moved.code).toBe(3);
    const { features } = moved.json();
    expect(features.x).toMatchObject({ verdict: 'drift', role: 'feature' });
    for (const name of ['psi', 'ks', 'ks_p', 'wasserstein', 'jensen_shannon', 'hellinger', 'chi_squared']) {
      expect(features.x[name], name).toEqual(expect.any(Number));
    }
    expect(features.c).toMatchObject({ verdict: 'none' });
    const same = await run('drift', 'before.csv', 'same.csv');
    expect(same).toMatchObject({ code: 0, stdout: expect.stringContaining('No drift.') });
  });

  it('says the same by profiles, also by one that was merged of parts', async () => {
    expect((await run('profile', 'before.csv', '--out', 'baseline.json')).code).toBe(0);
    for (const name of ['same', 'after']) {
      await run('profile', `${name}.csv`, '--baseline', 'baseline.json', '--out', `${name}.json`);
    }
    const byFile = await run('--json', 'drift', 'before.csv', 'after.csv');
    const byProfile = await run('--json', 'drift', 'baseline.json', 'after.json');
    expect(byProfile.json().features.x.psi).toBe(byFile.json().features.x.psi);
    expect((await run('merge', 'same.json', 'after.json', '--out', 'both.json')).code).toBe(0);
    expect(JSON.parse(readFileSync(join(cwd, 'both.json'), 'utf8'))).toMatchObject({ rows: 1200 });
  });

  it('refuses what is no profile, and a file that is not there, by name', async () => {
    writeFileSync(join(cwd, 'other.json'), '{}');
    expect(await run('drift', 'other.json', 'after.csv')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('other.json is no profile'),
    });
    expect(await run('profile', 'gone.csv')).toMatchObject({ code: 2, stderr: expect.stringContaining('gone.csv') });
    expect(await run('profile', 'after.csv', '--baseline', 'after.csv')).toMatchObject({ code: 2 });
  });
});
