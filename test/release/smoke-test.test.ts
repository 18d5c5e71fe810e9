import { describe, expect, it } from 'vitest';
import { buildManifest, manifestDigestOf, namesOf } from '../../lambdas/release/manifest';
import { compareAnswers } from '../../lambdas/release/smoke-rows';
import { smokeTest } from '../../lambdas/release/smoke-test';
import type { ModelVersionRecord } from '../../lib/registry/contract';
import { FakeRegistry, hosting, objectsOf, RELEASE, readerOf, versionRecord } from './fakes';

const test = async (answer: string | Error, changes: Partial<ModelVersionRecord> = {}, objects = objectsOf()) => {
  const registry = new FakeRegistry();
  const manifest = buildManifest(versionRecord(changes), hosting, { account: '1', region: 'eu-west-1' });
  const manifestDigest = manifestDigestOf(manifest);
  const asked: string[] = [];
  const input = { releaseId: RELEASE, manifest, manifestDigest, names: namesOf(manifest, manifestDigest) };
  const outcome = smokeTest(input, {
    store: registry.store,
    model: 'credit',
    read: readerOf(objects),
    invoke: async (endpoint, body, contentType) => {
      asked.push(endpoint, body, contentType);
      if (answer instanceof Error) throw answer;
      return answer;
    },
  });
  return { outcome, asked, registry };
};

describe('SmokeTest', () => {
  it('sends recorded rows without label and prediction, and takes the recorded answers', async () => {
    const { outcome, asked } = await test('0.75\n0.12500000001\n');
    expect(await outcome).toEqual({ rows: 2 });
    expect(asked).toEqual(['credit', '0.5,2\n0.25,3\n', 'text/csv']);
  });

  it.each([
    ['another prediction', '0.75\n0.1251', /row 2: it predicts 0.1251, recorded is 0.125/],
    ['too few predictions', '0.75', /1 predictions for 2 rows/],
    ['garbage', '<html>\nteapot', /row 1: it predicts <html>/],
    ['nothing', '', /0 predictions/],
  ])('refuses %s', async (_what, answer, message) => {
    const { outcome, registry } = await test(answer);
    await expect(outcome).rejects.toMatchObject({ name: 'ReleaseFailed', message: expect.stringMatching(message) });
    expect(registry.release.steps).toMatchObject([{ step: 'SmokeTest', status: 'FAILED' }]);
  });

  it('tells what the container said when it refused, and lets a passing trouble pass', async () => {
    const refused = Object.assign(new Error('Received server error (500)'), { name: 'ModelError' });
    await expect((await test(refused)).outcome).rejects.toMatchObject({ name: 'ReleaseFailed' });
    const throttled = Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' });
    await expect((await test(throttled)).outcome).rejects.toMatchObject({ name: 'ThrottlingException' });
  });

  it('refuses rows that changed since Verify', async () => {
    const objects = objectsOf().set('s3://artifacts/runs/credit-r1/transform/test.csv.out', '1,1,1,1\n');
    await expect((await test('1', {}, objects)).outcome).rejects.toThrow(/have changed/);
  });

  it('says so where there is nothing to compare with', async () => {
    const { outcome, asked, registry } = await test('', { evidence: [] });
    expect(await outcome).toMatchObject({ rows: 0 });
    expect(asked).toEqual([]);
    expect(registry.release.steps).toMatchObject([
      { status: 'SUCCEEDED', reason: expect.stringContaining('no recorded predictions') },
    ]);
  });

  it('compares names of classes as text', () => {
    expect(compareAnswers('cat\ndog', ['cat', 'dog'])).toEqual([]);
    expect(compareAnswers('cat', ['dog'])).toHaveLength(1);
  });
});
