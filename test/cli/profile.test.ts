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

describe('mlops validate', () => {
  it('exits 0 on data that keep the rules suggested by others, 3 on data that break them, and says which', async () => {
    const made = ['profile', 'before.csv', '--constraints', 'rules.json', '--statistics', 'statistics.json'];
    expect((await run(...made)).code).toBe(0);
    const check = ['--constraints', 'rules.json', '--baseline', 'statistics.json'];
    expect(await run('validate', 'same.csv', ...check)).toMatchObject({ code: 0 });
    const broken = await run('validate', 'after.csv', ...check, '--out', 'violations.json');
    expect(broken).toMatchObject({ code: 3, stdout: expect.stringContaining('x differs from the baseline') });
    expect(JSON.parse(readFileSync(join(cwd, 'violations.json'), 'utf8'))).toMatchObject({
      violations: [{ feature_name: 'x', constraint_check_type: 'baseline_drift_check' }],
    });
    const { violations } = (await run('--json', 'validate', 'after.csv', ...check)).json();
    expect(violations).toMatchObject([{ feature: 'x', check: 'baseline_drift_check' }]);
  });

  it('does not pass data of which rows could not be read, nor take a file for rules that is none', async () => {
    writeFileSync(join(cwd, 'ragged.csv'), `${readFileSync(join(cwd, 'same.csv'), 'utf8')}1,odd,2\n`);
    expect(await run('validate', 'ragged.csv', '--constraints', 'rules.json')).toMatchObject({
      code: 3,
      stdout: expect.stringContaining('1 row left out'),
    });
    writeFileSync(join(cwd, 'list.json'), '[]');
    expect(await run('validate', 'same.csv', '--constraints', 'list.json')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no constraints.json'),
    });
  });
});

describe('mlops skew', () => {
  it('exits 3 and says what is served otherwise', async () => {
    expect(await run('skew', 'before.csv', 'same.csv')).toMatchObject({ code: 0, stdout: 'No skew.\n' });
    const served = await run('skew', 'before.csv', 'after.csv');
    expect(served).toMatchObject({ code: 3, stdout: expect.stringContaining('x is distributed otherwise') });
    writeFileSync(join(cwd, 'narrow.csv'), readFileSync(join(cwd, 'same.csv'), 'utf8').replaceAll(/,.*/g, ''));
    expect(await run('skew', 'before.csv', 'narrow.csv')).toMatchObject({ code: 3 });
    expect(await run('skew', 'before.csv', 'narrow.csv', '--ignore', 'c')).toMatchObject({ code: 0 });
  });
});

describe('mlops quality', () => {
  it('measures with intervals, and estimates a file without labels by one that has them', async () => {
    const next = numbers(5);
    const scores = Array.from({ length: 2000 }, () => next());
    const labelled = scores.map((score) => [score, next() < score ? 1 : 0]);
    writeFileSync(join(cwd, 'scored.csv'), csvOf(['p', 'y'], labelled));
    writeFileSync(
      join(cwd, 'unlabelled.csv'),
      csvOf(
        ['p'],
        scores.map((score) => [score ** 0.5]),
      ),
    );
    const made = await run(
      '--json',
      'quality',
      'scored.csv',
      '--label',
      'y',
      '--predicted',
      'p',
      '--estimate',
      'unlabelled.csv',
    );
    expect(made.code).toBe(0);
    const { metrics, intervals, calibration, estimate } = made.json();
    expect(metrics.brier).toBeCloseTo(1 / 6, 1);
    expect(intervals.brier.lower).toBeLessThan(metrics.brier);
    expect(calibration.expected_calibration_error).toBeLessThan(0.06);
    // Of scores that are the root of a uniform number two thirds are positive on average.
    expect((estimate.expected.tp + estimate.expected.fn) / estimate.rows).toBeCloseTo(2 / 3, 1);
    expect(await run('quality', 'scored.csv', '--label', 'z', '--predicted', 'p')).toMatchObject({ code: 2 });
  });
});
