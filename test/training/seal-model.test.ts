import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { create } from 'tar';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../core/digest';
import { sealModel } from '../../lambdas/training/seal-model';
import { archiveFolder } from '../../lib/training/source-archive';
import { BUCKET, FakeObjects, FakeRegistry, RUN_ID } from './fakes';

const URI = `s3://${BUCKET}/runs/${RUN_ID}/1/model/job/output/model.tar.gz`;

const archive = (files: Record<string, string | Buffer>): Buffer => {
  const folder = mkdtempSync(join(tmpdir(), 'seal-'));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return archiveFolder(folder);
};
const seal = (objects: FakeObjects, registry = new FakeRegistry(), archiveUri = URI) =>
  sealModel(
    { runId: RUN_ID, attempt: 1, trained: { archiveUri } },
    {
      ...{ registry, objects, bucket: BUCKET, putJson: objects.putJson, evidenceBucket: 'evidence' },
    },
  );
const with_ = (body: Buffer): FakeObjects => {
  const objects = new FakeObjects();
  objects.set(URI, body);
  return objects;
};

describe('sealing a model', () => {
  it('copies the archive to the key that its digest names', async () => {
    const body = archive({ 'model.json': 'x'.repeat(5000), 'code/inference.py': 'pass' });
    const objects = with_(body);
    const registry = new FakeRegistry();
    const uri = `s3://${BUCKET}/models/sha256/${sha256(body)}/model.tar.gz`;
    const report = { uri: `s3://evidence/runs/credit/${RUN_ID}/archive-report.json`, sha256: expect.any(String) };
    expect(await seal(objects, registry)).toEqual({ uri, sha256: sha256(body), size: body.length, report });
    expect(JSON.parse(objects.at(report.uri)!.toString())).toMatchObject({ files: 2, pickles: [] });
    expect(objects.at(uri)).toEqual(body);
    expect(registry.step('SealModel')).toMatchObject({ status: 'SUCCEEDED', output: { archive: { uri } } });
    expect(registry.step('Train')).toMatchObject({ status: 'SUCCEEDED', output: { trained: { archiveUri: URI } } });
  });

  it('writes down the pickles that the archive holds, and what each imports', async () => {
    const evil = Buffer.from("cposix\nsystem\n(S'true'\ntR.");
    const objects = with_(
      archive({ 'model.json': '{}', 'deep/weights.bin': evil, 'code/inference.py': 'class A:\n  b\n' }),
    );
    const { report } = await seal(objects);
    expect(JSON.parse(objects.at(report!.uri)!.toString()).pickles).toEqual([
      { file: 'deep/weights.bin', imports: ['posix.system'], unknown: ['posix.system'] },
    ]);
  });

  it('seals once, when asked twice and by two at once', async () => {
    const objects = with_(archive({ model: 'm' }));
    const [one, two] = await Promise.all([seal(objects), seal(objects)]);
    expect(one).toEqual(two);
    const versions = [...objects.versions].filter(([key]) => key.includes('models/sha256'));
    await seal(objects);
    expect([...objects.versions].filter(([key]) => key.includes('models/sha256'))).toEqual(versions);
  });

  it('fails where the training wrote no archive', async () => {
    await expect(seal(new FakeObjects())).rejects.toMatchObject({
      name: 'RunFailed',
      message: expect.stringContaining('the training script wrote no model'),
    });
  });

  it.each([
    ['holds no file', archive({})],
    ['holds empty files only', archive({ model: '' })],
  ])('fails where the archive %s', async (_, body) => {
    await expect(seal(with_(body))).rejects.toMatchObject({
      name: 'RunFailed',
      message: expect.stringContaining('the training script wrote no model'),
    });
  });

  it.each([
    ['is no gzip', Buffer.from('this is no archive at all, only some text that goes on '.repeat(20))],
    ['holds no tar', gzipSync(Buffer.from('no tar, but long enough for a header '.repeat(100)))],
    ['is followed by other bytes', Buffer.concat([archive({ model: 'm' }), Buffer.alloc(3000, 7)])],
    ['was cut off', archive({ model: Array.from({ length: 9000 }, (_, i) => i * 7919).join(' ') }).subarray(0, 9000)],
  ])('fails where the archive %s', async (_, body) => {
    await expect(seal(with_(body))).rejects.toMatchObject({ name: 'RunFailed' });
  });

  it('reads what tar packs, with folders and long names', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'seal-'));
    mkdirSync(join(folder, 'x'.repeat(120)));
    writeFileSync(join(folder, 'x'.repeat(120), 'model.json'), 'm'.repeat(100_000));
    const file = join(folder, 'a.tar.gz');
    create({ cwd: folder, gzip: true, file, sync: true }, ['x'.repeat(120)]);
    const body = readFileSync(file);
    expect((await seal(with_(body))).size).toBe(body.length);
    create({ cwd: folder, gzip: true, file, sync: true, filter: (path) => !path.endsWith('.json') }, ['x'.repeat(120)]);
    await expect(seal(with_(readFileSync(file)))).rejects.toMatchObject({
      message: expect.stringContaining('is empty'),
    });
  });

  it("does not take a trainer's word for a training that left no archive, so that a resumed run trains again", async () => {
    const registry = new FakeRegistry();
    await expect(seal(with_(Buffer.from('no archive')), registry)).rejects.toMatchObject({ name: 'RunFailed' });
    expect(registry.step('SealModel')).toMatchObject({ status: 'FAILED' });
    expect(registry.step('Train')).toBeUndefined();
  });

  it('takes no archive from elsewhere', async () => {
    const objects = with_(archive({ model: 'm' }));
    await expect(seal(objects, new FakeRegistry(), 's3://elsewhere/model.tar.gz')).rejects.toMatchObject({
      name: 'RunFailed',
      message: expect.stringContaining(`below s3://${BUCKET}/runs/${RUN_ID}/`),
    });
  });

  it('fails where other bytes lie at the sealed key', async () => {
    const body = archive({ model: 'm' });
    const objects = with_(body);
    objects.set(`${BUCKET}/models/sha256/${sha256(body)}/model.tar.gz`, archive({ model: 'other' }));
    await expect(seal(objects)).rejects.toMatchObject({
      name: 'RunFailed',
      message: expect.stringContaining('other bytes'),
    });
  });
});
