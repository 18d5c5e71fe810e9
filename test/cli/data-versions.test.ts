import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { csvOf, normal, numbers } from '../core/profile/sources';
import { actor, useFakeSession } from './fake-session';
import { mlops } from './run-command';

const session = useFakeSession();

const people = (seed: number, shift: number, columns = ['age', 'town'], rows = 400) => {
  const next = numbers(seed);
  const row = (at: number) => [normal(next) + shift, at % 2 ? '<b>odd</b>' : 'even', 7];
  return csvOf(
    columns,
    Array.from({ length: rows }, (_, at) => row(at).slice(0, columns.length)),
  );
};

/** Puts a version of `loans` into the registry and its files into the bucket. */
function addVersion(version: number, files: Record<string, string>, contentDigest = `${version}`.repeat(64)) {
  const objects = Object.entries(files).map(([name, text]) => {
    const key = `data/loans/uploads/u${version}/${name}`;
    session.aws.objects.set(`/artefacts/${key}`, text);
    return { name, key, versionId: `s3v-${version}`, size: text.length, sha256: `${text.length}`.padStart(64, '0') };
  });
  const record = {
    ...{ dataset: 'loans', version, contentDigest, bucket: 'artefacts', prefix: `data/loans/uploads/u${version}/` },
    ...{ objects, totalBytes: 1000, message: 'a delivery', createdBy: actor, createdAt: '2026-01-01T00:00:00.000Z' },
  };
  session.aws.api(`GET /datasets/loans/versions/${version}`, { body: record });
  session.aws.api('GET /datasets/loans/versions/latest', { body: record });
}
const reads = () => session.aws.calls.filter(({ method, path }) => method === 'GET' && path.startsWith('/artefacts/'));

beforeEach(() => {
  addVersion(1, { 'a.csv': people(1, 0) });
  addVersion(2, {
    'a.csv': people(2, 2, ['age', 'town', 'rate'], 500),
    'b.csv': people(3, 2, ['age', 'town', 'rate']),
  });
});

describe('mlops data show', () => {
  it('shows the manifest, and rows, types and ranges read from the recorded S3 versions', async () => {
    const { code, json } = await mlops(['data', 'show', 'loans@1', '--json']);
    expect(code).toBe(0);
    const shown = json();
    expect(shown.objects).toMatchObject([{ name: 'a.csv', versionId: 's3v-1' }]);
    expect(shown.profile).toMatchObject({ rows: 400, badRows: 0 });
    expect(shown.profile.columns).toMatchObject([
      { name: 'age', type: 'Fractional', missing: 0, min: expect.any(Number) },
      { name: 'town', type: 'String' },
    ]);
    expect(reads().map(({ query }) => query.versionId)).toEqual(['s3v-1']);
  });

  it('shows the latest version as text, and reads nothing where only the manifest is wanted', async () => {
    const { stdout } = await mlops(['data', 'show', 'loans', '--manifest']);
    expect(stdout).toMatch(/Dataset +loans version 2/);
    expect(stdout).toContain('a delivery');
    expect(stdout).toMatch(/b\.csv .* s3v-2 +0+\d+/);
    expect(reads()).toEqual([]);
    const { stdout: whole, stderr } = await mlops(['data', 'show', 'loans']);
    expect(whole, stderr).toContain('900 rows of 2 files');
  });
});

describe('mlops data diff', () => {
  it('gives every distance under its standard name, new columns, and what came of the files', async () => {
    const { code, json } = await mlops(['data', 'diff', 'loans', '1', '2', '--json']);
    expect(code).toBe(0);
    const found = json();
    expect(found).toMatchObject({ identical: false, baselineRows: 400, currentRows: 900 });
    expect(found.files).toEqual({ same: [], changed: ['a.csv'], added: ['b.csv'], removed: [] });
    expect(found.features.age).toMatchObject({ verdict: 'drift', psi: expect.any(Number), ks: expect.any(Number) });
    expect(found.features.town).toMatchObject({ verdict: 'none', jensen_shannon: expect.any(Number) });
    expect(found.features.rate).toMatchObject({ verdict: 'extra-column' });
  });

  it('is a table for people, and a page with both distributions that stands by itself', async () => {
    const path = join(session.folder, 'diff.html');
    const { stdout } = await mlops(['data', 'diff', 'loans', '1', '2', '--html', path]);
    expect(stdout).toMatch(/age +drift/);
    expect(stdout).toContain('Files: 0 the same, 1 changed (a.csv), 1 added (b.csv).');
    const page = readFileSync(path, 'utf8');
    expect(page.match(/<svg /g)).toHaveLength(2);
    expect(page).toContain('aria-label="Distribution of age');
    expect(page).toContain('<title>even: 50.0% before, 50.0% now</title>');
    expect(page).not.toContain('<b>odd');
    expect(page).not.toMatch(/<script|https?:\/\//);
  });

  it('says that versions of one digest are the same without reading them', async () => {
    addVersion(3, { 'c.csv': 'other' }, '1'.repeat(64));
    const { code, json } = await mlops(['data', 'diff', 'loans', '1', '3', '--json']);
    expect({ code, identical: json().identical }).toEqual({ code: 0, identical: true });
    expect(reads()).toEqual([]);
  });

  it('refuses what is no version, and names one that is not there', async () => {
    expect(await mlops(['data', 'diff', 'loans', '1', 'two'])).toMatchObject({ code: 2 });
    expect(await mlops(['data', 'diff', 'loans', '1', '9'])).toMatchObject({ code: 4 });
  });
});
