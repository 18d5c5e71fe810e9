import { createHash } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { makeVersion } from '../../lambdas/data/make-version';
import type { ObjectLister } from '../../lambdas/data/stored-object';
import { Conflict, NotFound } from '../../lambdas/shared/errors';
import type { DatasetVersionRecord, UploadRecord } from '../../lib/registry/contract';

const sha = (text: string) => createHash('sha256').update(text).digest('hex');
const PREFIX = 'data/loans/uploads/u1/';

/** A bucket that nobody lists. */
const NOTHING = { list: async () => [] };

/** A versioned bucket in memory. */
class FakeBucket implements ObjectLister {
  readonly versions = new Map<string, string[]>();
  readonly gone = new Set<string>();

  put(name: string, text: string, prefix = PREFIX): this {
    const key = `${prefix}${name}`;
    this.versions.set(key, [...(this.versions.get(key) ?? []), text]);
    return this;
  }

  async head(_bucket: string, key: string) {
    const versions = this.versions.get(key);
    return versions && { size: Buffer.byteLength(versions.at(-1)!), versionId: `v${versions.length}` };
  }

  async list(_bucket: string, prefix: string) {
    return [...this.versions.keys()].filter((key) => key.startsWith(prefix)).sort();
  }

  async read(_bucket: string, key: string, versionId?: string) {
    const text = this.versions.get(key)?.[Number(versionId?.slice(1)) - 1];
    if (text === undefined || this.gone.has(key)) throw new NotFound(`${key} is gone`);
    return (async function* () {
      yield Buffer.from(text);
    })();
  }
}

/** The registry's rules for uploads, in memory: the first decision wins, the same content is the same version. */
class FakeRegistry {
  readonly uploads = new Map<string, UploadRecord>();
  readonly versions: DatasetVersionRecord[] = [];

  upload(uploadId: string, contents: Record<string, string>, more: Partial<UploadRecord> = {}): this {
    const files = Object.entries(contents).map(([name, text]) => ({
      name,
      size: Buffer.byteLength(text),
      sha256: sha(text),
    }));
    this.uploads.set(uploadId, {
      dataset: 'loans',
      uploadId,
      bucket: 'artifacts',
      prefix: `data/loans/uploads/${uploadId}/`,
      status: 'COMPLETED',
      files,
      createdBy: { id: 'arn:aws:iam::111111111111:user/ada', kind: 'person' },
      createdAt: '2026-01-01T00:00:00Z',
      ...more,
    });
    return this;
  }

  getUpload = async (_dataset: string, uploadId: string) => this.uploads.get(uploadId);

  createDatasetVersion = async (
    input: Omit<DatasetVersionRecord, 'version' | 'createdBy' | 'createdAt' | 'objects'> & {
      uploadId?: string;
      objects: readonly DatasetVersionRecord['objects'][number][];
    },
    createdBy: DatasetVersionRecord['createdBy'],
  ) => {
    const upload = this.uploads.get(input.uploadId!)!;
    if (upload.status === 'REJECTED') throw new Conflict('rejected');
    const known = this.versions.find(({ contentDigest }) => contentDigest === input.contentDigest);
    const { uploadId, ...content } = input;
    const version = known?.version ?? this.versions.length + 1;
    const record = known ?? { ...content, objects: [...input.objects], version, createdBy, createdAt: 'now' };
    if (!known) this.versions.push(record);
    const deduplicated = upload.status === 'READY' ? upload.deduplicated! : known !== undefined;
    this.uploads.set(uploadId!, { ...upload, status: 'READY', version, deduplicated });
    return { record, deduplicated };
  };

  rejectUpload = async (_dataset: string, uploadId: string, reason: string) => {
    const upload = this.uploads.get(uploadId)!;
    if (upload.status === 'READY') throw new Conflict('ready');
    const rejected: UploadRecord = { ...upload, status: 'REJECTED', reason };
    this.uploads.set(uploadId, rejected);
    return rejected;
  };
}

const handle = (registry: FakeRegistry, objects: ObjectLister, uploadId = 'u1') =>
  makeVersion({ dataset: 'loans', uploadId }, { registry, objects, actorId: 'make-version' });

describe('an upload that holds what was announced', () => {
  it('becomes a version whose objects are known by version and digest', async () => {
    const registry = new FakeRegistry().upload('u1', { 'a.csv': 'x,y\n', 'more/b.csv': '1,2\n' });
    const bucket = new FakeBucket().put('a.csv', 'x,y\n').put('more/b.csv', '1,2\n');
    expect(await handle(registry, bucket)).toEqual({ status: 'READY', version: 1, deduplicated: false });
    expect(registry.versions[0]).toMatchObject({
      bucket: 'artifacts',
      prefix: PREFIX,
      totalBytes: 8,
      contentDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
      objects: [
        { name: 'a.csv', key: `${PREFIX}a.csv`, versionId: 'v1', size: 4, sha256: sha('x,y\n') },
        { name: 'more/b.csv', key: `${PREFIX}more/b.csv`, versionId: 'v1', size: 4, sha256: sha('1,2\n') },
      ],
      createdBy: { id: 'make-version', kind: 'service', onBehalfOf: 'arn:aws:iam::111111111111:user/ada' },
    });
  });

  it('keeps the order announced and reads every file, however many there are', async () => {
    const contents = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`part-${index}.csv`, `${index}\n`]));
    const bucket = new FakeBucket();
    for (const [name, text] of Object.entries(contents)) bucket.put(name, text);
    const registry = new FakeRegistry().upload('u1', contents);
    await handle(registry, bucket);
    expect(registry.versions[0]!.objects.map(({ name }) => name)).toEqual(Object.keys(contents));
  });

  it('is the version that already holds the same content', async () => {
    const registry = new FakeRegistry().upload('u1', { 'a.csv': 'x\n' }).upload('u2', { 'a.csv': 'x\n' });
    const bucket = new FakeBucket().put('a.csv', 'x\n').put('a.csv', 'x\n', 'data/loans/uploads/u2/');
    await handle(registry, bucket);
    expect(await handle(registry, bucket, 'u2')).toEqual({ status: 'READY', version: 1, deduplicated: true });
  });
});

describe('an upload that does not hold what was announced', () => {
  const reject = async (
    contents: Record<string, string>,
    bucket: ObjectLister,
    more: Partial<UploadRecord> = {},
  ): Promise<string> => {
    const registry = new FakeRegistry().upload('u1', contents, more);
    const outcome = await handle(registry, bucket);
    expect(outcome.status).toBe('REJECTED');
    expect(registry.versions).toEqual([]);
    expect(registry.uploads.get('u1')!.reason).toBe('reason' in outcome && outcome.reason);
    return registry.uploads.get('u1')!.reason!;
  };

  it('is rejected naming the file that is missing, and all others with it', async () => {
    const reason = await reject({ 'a.csv': 'x', 'b.csv': 'yy' }, new FakeBucket().put('b.csv', 'y'));
    expect(reason).toContain(`'a.csv' is missing: there is no object s3://artifacts/${PREFIX}a.csv`);
    expect(reason).toContain("'b.csv' has 1 bytes, announced were 2");
  });

  it('is rejected with both digests where the content differs', async () => {
    const reason = await reject({ 'a.csv': 'abc' }, new FakeBucket().put('a.csv', 'abd'));
    expect(reason).toContain(sha('abd'));
    expect(reason).toContain(sha('abc'));
  });

  it('is rejected where a file was replaced after it was announced', async () => {
    const reason = await reject({ 'a.csv': 'abc' }, new FakeBucket().put('a.csv', 'abc').put('a.csv', 'xyz'));
    expect(reason).toContain('announced was');
  });

  it('is rejected where a file is empty, is deleted meanwhile, or lies in a bucket without versions', async () => {
    expect(await reject({ 'a.csv': '' }, new FakeBucket().put('a.csv', ''))).toBe("The file 'a.csv' is empty.");
    const bucket = new FakeBucket().put('a.csv', 'x');
    bucket.gone.add(`${PREFIX}a.csv`);
    expect(await reject({ 'a.csv': 'x' }, bucket)).toContain('deleted while it was read');
    const unversioned: ObjectLister = { ...NOTHING, head: async () => ({ size: 1 }), read: bucket.read };
    expect(await reject({ 'a.csv': 'x' }, unversioned)).toContain('switch versioning on');
  });

  it('is rejected where it announces nothing, or a file twice', async () => {
    expect(await reject({}, new FakeBucket())).toContain('has no files');
    const file = { name: 'a.csv', size: 1, sha256: sha('x') };
    const reason = await reject({}, new FakeBucket().put('a.csv', 'x'), { files: [file, file] });
    expect(reason).toBe("The file 'a.csv' is listed more than once.");
  });

  it.each(['/etc/passwd', '../other/a.csv', 'a/../../b.csv', 'a//b.csv', 'a\\b.csv', 'a\nb.csv', './a.csv', ''])(
    'is rejected where a file is called %j',
    async (name) => {
      expect(await reject({ [name]: 'x' }, new FakeBucket())).toContain(`${JSON.stringify(name)} can't be used`);
    },
  );

  it('is rejected with a few of many problems and the number of the rest', async () => {
    const contents = Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`${index}.csv`, 'x']));
    expect(await reject(contents, new FakeBucket())).toMatch(/0\.csv.*4\.csv.* And 3 more\.$/);
  });
});

describe('handling an upload again', () => {
  it('answers the same and reads nothing', async () => {
    const registry = new FakeRegistry().upload('u1', { 'a.csv': 'x' });
    const first = await handle(registry, new FakeBucket().put('a.csv', 'x'));
    const untouched: ObjectLister = { ...NOTHING, head: vi.fn(), read: vi.fn() };
    expect(await handle(registry, untouched)).toEqual(first);
    expect(untouched.head).not.toHaveBeenCalled();
    expect(registry.versions).toHaveLength(1);
  });

  it('answers the rejection that stands, also when the file has come since', async () => {
    const registry = new FakeRegistry().upload('u1', { 'a.csv': 'x' });
    const first = await handle(registry, new FakeBucket());
    expect(await handle(registry, new FakeBucket().put('a.csv', 'x'))).toEqual(first);
  });

  it('finds the version where the function died after making it', async () => {
    const registry = new FakeRegistry().upload('u1', { 'a.csv': 'x' });
    const { createDatasetVersion } = registry;
    registry.createDatasetVersion = async (...args) => {
      await createDatasetVersion(...args);
      throw new Error('connection lost');
    };
    const bucket = new FakeBucket().put('a.csv', 'x');
    await expect(handle(registry, bucket)).rejects.toThrow('connection lost');
    expect(await handle(registry, bucket)).toEqual({ status: 'READY', version: 1, deduplicated: false });
    expect(registry.versions).toHaveLength(1);
  });

  it('at the same time makes one version', async () => {
    const registry = new FakeRegistry().upload('u1', { 'a.csv': 'x' });
    const bucket = new FakeBucket().put('a.csv', 'x');
    const outcomes = await Promise.all([handle(registry, bucket), handle(registry, bucket)]);
    expect(outcomes).toEqual([outcomes[0], outcomes[0]]);
    expect(registry.versions).toHaveLength(1);
  });

  it('keeps the first decision where two see different things at the same time', async () => {
    const registry = new FakeRegistry().upload('u1', { 'a.csv': 'x' });
    const bucket = new FakeBucket().put('a.csv', 'x');
    const late: ObjectLister = {
      ...NOTHING,
      head: async () => {
        await handle(registry, bucket);
        return undefined;
      },
      read: bucket.read,
    };
    expect(await handle(registry, late)).toEqual({ status: 'READY', version: 1, deduplicated: false });
  });
});

describe('an event that can not be handled', () => {
  it('fails by name, so that it is tried again and kept at last', async () => {
    const registry = new FakeRegistry().upload('u1', { 'a.csv': 'x' }, { status: 'OPEN' });
    await expect(handle(registry, new FakeBucket())).rejects.toThrow(/is OPEN; a version is made of a COMPLETED one/);
    await expect(handle(registry, new FakeBucket(), 'u9')).rejects.toThrow(/has no upload 'u9' of the dataset 'loans'/);
  });

  it('leaves the upload undecided where S3 fails', async () => {
    const registry = new FakeRegistry().upload('u1', { 'a.csv': 'x' });
    const objects: ObjectLister = { ...NOTHING, head: () => Promise.reject(new Error('SlowDown')), read: vi.fn() };
    await expect(handle(registry, objects)).rejects.toThrow('SlowDown');
    expect(registry.uploads.get('u1')!.status).toBe('COMPLETED');
  });
});

describe('what lies below a prefix already', () => {
  const make = async (bucket: FakeBucket) => {
    const registry = new FakeRegistry().upload('u1', {}, { files: undefined, existing: true, prefix: 'data/landing/' });
    const outcome = await makeVersion(
      { dataset: 'loans', uploadId: 'u1' },
      { registry: registry as never, objects: bucket, actorId: 'make-version' },
    );
    return { outcome, registry };
  };

  it('becomes a version of every object, by version and digest, without placeholders of folders', async () => {
    const bucket = new FakeBucket().put('a.csv', 'old', 'data/landing/').put('a.csv', 'new', 'data/landing/');
    bucket.put('may/', '', 'data/landing/').put('may/b.csv', 'b', 'data/landing/');
    const { outcome, registry } = await make(bucket);
    expect(outcome).toMatchObject({ status: 'READY', version: 1 });
    expect(registry.versions[0]!.objects).toEqual([
      { name: 'a.csv', key: 'data/landing/a.csv', versionId: 'v2', size: 3, sha256: sha('new') },
      { name: 'may/b.csv', key: 'data/landing/may/b.csv', versionId: 'v1', size: 1, sha256: sha('b') },
    ]);
  });

  it('becomes none where there is nothing, or an object without bytes', async () => {
    expect((await make(new FakeBucket())).outcome).toMatchObject({
      status: 'REJECTED',
      reason: expect.stringContaining('Nothing lies'),
    });
    const empty = new FakeBucket().put('void.csv', '', 'data/landing/');
    expect((await make(empty)).outcome).toMatchObject({
      status: 'REJECTED',
      reason: expect.stringContaining('void.csv is empty'),
    });
  });
});
