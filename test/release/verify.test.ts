import { beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from '../../core/digest';
import { verify } from '../../lambdas/release/verify';
import { EXECUTION, FakeRegistry, objectsOf, RELEASE, readerOf, spec, versionRecord } from './fakes';

describe('Verify', () => {
  let registry: FakeRegistry;
  let objects: Map<string, string>;
  let written: Map<string, unknown>;
  const run = (executionArn = EXECUTION) =>
    verify(
      { releaseId: RELEASE, executionArn },
      {
        store: registry.store,
        spec,
        bucket: 'artifacts',
        evidenceBucket: 'evidence',
        read: readerOf(objects),
        write: async (bucket, key, value) => {
          written.set(`s3://${bucket}/${key}`, value);
          return { uri: `s3://${bucket}/${key}` };
        },
      },
    );

  beforeEach(() => {
    registry = new FakeRegistry();
    objects = objectsOf();
    written = new Map();
  });

  it('writes down everything that the deployment reads, and its digest', async () => {
    const context = await run();
    expect(written.get('s3://evidence/releases/credit/credit-1/manifest.json')).toEqual(context.manifest);
    expect(context.manifestDigest).toBe(digestOf(context.manifest));
    expect(registry.release.manifestDigest).toBe(context.manifestDigest);
    expect(context.manifest).toMatchObject({ account: '111122223333', region: 'eu-west-1', hosting: spec.hosting });
    expect(context.names).toEqual({
      model: `credit-v3-${context.manifestDigest.slice(0, 6)}`,
      endpointConfig: `credit-v3-${context.manifestDigest.slice(0, 6)}`,
      endpoint: 'credit',
    });
  });

  it('answers the same when it runs twice', async () => {
    expect(await run()).toEqual(await run());
    expect(registry.release.steps).toMatchObject([{ step: 'Verify', status: 'SUCCEEDED' }]);
  });

  it.each(['archive', 'source', 'evaluation', 'predictions'])(
    'stops where one byte of the %s was changed',
    async (what) => {
      const version = versionRecord();
      const uri = { archive: version.archive.uri, source: version.source!.uri }[what as 'archive' | 'source'];
      const altered = uri ?? version.evidence.find(({ kind }) => kind === what)!.uri;
      const text = objects.get(altered)!;
      objects.set(altered, `${text.slice(0, 5)}${text[5] === 'x' ? 'y' : 'x'}${text.slice(6)}`);
      await expect(run()).rejects.toMatchObject({ name: 'ReleaseFailed', message: expect.stringContaining(altered) });
      expect(written.size).toBe(0);
      expect(registry.release.manifestDigest).toBeUndefined();
      expect(registry.release.steps).toMatchObject([{ step: 'Verify', status: 'FAILED' }]);
    },
  );

  it('names everything that is wrong at once', async () => {
    objects.clear();
    registry.versions.set(3, versionRecord({ image: 'xgboost:3.2-0' }));
    const error = await run().catch((caught: Error) => caught);
    expect((error as Error).message).toMatch(/not pinned.*archive.*gone.*source.*gone.*evidence \(evaluation\).*gone/s);
  });

  it('takes an archive from its sealed key only', async () => {
    const { archive } = versionRecord();
    const elsewhere = 's3://artifacts/runs/credit-r1/model.tar.gz';
    objects.set(elsewhere, objects.get(archive.uri)!);
    registry.versions.set(3, versionRecord({ archive: { ...archive, uri: elsewhere } }));
    await expect(run()).rejects.toThrow(/not at its sealed key/);
  });

  it('refuses another execution, another model and a release that has ended', async () => {
    await expect(run(EXECUTION.replace('credit-1', 'forged'))).rejects.toMatchObject({ name: 'Conflict' });
    registry.release = { ...registry.release, model: 'other' };
    await expect(run()).rejects.toMatchObject({ name: 'Conflict' });
    registry.release = { ...registry.release, model: 'credit', status: 'REJECTED' };
    await expect(run()).rejects.toMatchObject({ name: 'Conflict' });
  });

  it('takes the release up where its starter died before noting the execution', async () => {
    registry.release = { ...registry.release, status: 'REQUESTED', executionArn: undefined };
    await run();
    expect(registry.release).toMatchObject({ status: 'RUNNING', executionArn: EXECUTION });
  });
});
