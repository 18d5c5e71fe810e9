import { gzipSync } from 'node:zlib';
import { Header } from 'tar';
import { describe, expect, it } from 'vitest';
import { inspectArchive } from '../../lambdas/training/archive';
import { sealModel } from '../../lambdas/training/seal-model';
import { ARCHIVE_LIMITS } from '../../lambdas/training/tar-rules';
import { BUCKET, FakeObjects, FakeRegistry, RUN_ID } from './fakes';

interface Entry {
  readonly path: string;
  readonly type?:
    | 'File'
    | 'Link'
    | 'SymbolicLink'
    | 'CharacterDevice'
    | 'FIFO'
    | 'Directory'
    | 'ExtendedHeader'
    | 'NextFileHasLongPath'
    | 'GlobalExtendedHeader';
  readonly linkpath?: string;
  readonly body?: string;
  readonly size?: number;
}

const block = ({ path, type = 'File', linkpath, body = '', size = Buffer.byteLength(body) }: Entry): Buffer => {
  const header = Buffer.alloc(512);
  new Header({ path, type, linkpath, size, mode: 0o644 }).encode(header);
  return Buffer.concat([header, Buffer.from(body), Buffer.alloc((512 - (Buffer.byteLength(body) % 512)) % 512)]);
};
const pax = (key: string, value: string): string => {
  const rest = ` ${key}=${value}\n`;
  const length = rest.length + String(rest.length + 2).length;
  return `${length}${rest}`;
};
const inspect = (...entries: Entry[]) =>
  inspectRaw(gzipSync(Buffer.concat([...entries.map(block), Buffer.alloc(1024)])));
const inspectRaw = (packed: Buffer) =>
  inspectArchive(
    (async function* () {
      for (let at = 0; at < packed.length; at += 100) yield packed.subarray(at, at + 100);
    })(),
  );
const model = { path: 'model.json', body: '{}' };

describe('an archive', () => {
  it('passes with files, folders and links that stay inside', async () => {
    const facts = await inspect(
      model,
      { path: 'code/', type: 'Directory' },
      { path: 'code/inference.py', body: 'pass' },
      { path: 'code/latest.json', type: 'SymbolicLink', linkpath: '../model.json' },
      { path: 'same.json', type: 'Link', linkpath: 'model.json' },
      { path: 'x', type: 'ExtendedHeader', body: pax('path', `deep/${'n'.repeat(120)}.json`) },
      { path: 'cut', body: 'x' },
    );
    expect(facts).toMatchObject({ files: 3 });
    expect(facts).not.toHaveProperty('danger');
    expect(facts).not.toHaveProperty('problem');
  });

  it.each<[string, Entry[], RegExp]>([
    ['climbs out', [{ path: '../../etc/cron.d/evil', body: 'x' }], /leads out of the archive by '\.\.'/],
    ['climbs out in its middle', [{ path: 'a/../../evil', body: 'x' }], /leads out of the archive/],
    ['is absolute', [{ path: '/etc/passwd', body: 'x' }], /absolute path/],
    ['is absolute on Windows', [{ path: 'C:evil', body: 'x' }], /absolute path/],
    ['holds backslashes', [{ path: '..\\evil', body: 'x' }], /backslash/],
    ['links out', [{ path: 'l', type: 'SymbolicLink', linkpath: '../secret' }], /to "\.\.\/secret" leads out/],
    ['links to an absolute path', [{ path: 'l', type: 'SymbolicLink', linkpath: '/etc/passwd' }], /leads out/],
    ['is a hard link out', [{ path: 'a/l', type: 'Link', linkpath: '../secret' }], /leads out/],
    [
      'climbs behind another link',
      [
        { path: 'a/b/root', type: 'SymbolicLink', linkpath: '../..' },
        { path: 'l', type: 'SymbolicLink', linkpath: 'a/b/root/../secret' },
      ],
      /leads out/,
    ],
    [
      'is written through a link',
      [
        { path: 'a', type: 'SymbolicLink', linkpath: 'b' },
        { path: 'a/evil', body: 'x' },
      ],
      /lies behind a link/,
    ],
    ['is a device', [{ path: 'null', type: 'CharacterDevice' }], /is a device/],
    ['is a pipe', [{ path: 'pipe', type: 'FIFO' }], /a pipe/],
    [
      'hides its path in an extended header',
      [
        { path: 'x', type: 'ExtendedHeader', body: pax('path', '../evil') },
        { path: 'fine', body: 'x' },
      ],
      /"\.\.\/evil" leads out/,
    ],
    [
      'hides its path in a long name of GNU',
      [
        { path: 'x', type: 'NextFileHasLongPath', body: '../evil\0' },
        { path: 'fine', body: 'x' },
      ],
      /"\.\.\/evil" leads out/,
    ],
    ['renames all', [{ path: 'x', type: 'GlobalExtendedHeader', body: pax('path', 'other') }], /renames all/],
  ])('is refused where an entry %s', async (_, entries, danger) => {
    expect(await inspect(model, ...entries)).toMatchObject({ danger: expect.stringMatching(danger) });
  });

  it('is refused where it has too many entries, and stays packed from then on', async () => {
    const entries = Array.from({ length: ARCHIVE_LIMITS.entries + 1 }, (_, index) => ({ path: `f${index}` }));
    expect(await inspect(...entries)).toMatchObject({ danger: 'it has more than 20000 entries' });
  });

  it('is refused where it unpacks to too much, before that is unpacked', async () => {
    const size = ARCHIVE_LIMITS.bytes + 1;
    const facts = await inspect(
      { path: 'x', type: 'ExtendedHeader', body: pax('size', String(size)) },
      { path: 'bomb' },
    );
    expect(facts).toMatchObject({ danger: 'it unpacks to more than 50 GB' });
  });

  it('that is refused is not sealed, and the run says why', async () => {
    const objects = new FakeObjects();
    const archiveUri = `s3://${BUCKET}/runs/${RUN_ID}/1/model/job/output/model.tar.gz`;
    objects.set(archiveUri, gzipSync(Buffer.concat([block({ path: '../evil', body: 'x' }), Buffer.alloc(1024)])));
    const input = { runId: RUN_ID, attempt: 1, trained: { archiveUri } };
    const stores = { objects, bucket: BUCKET, putJson: objects.putJson, evidenceBucket: 'evidence' };
    await expect(sealModel(input, { registry: new FakeRegistry(), ...stores })).rejects.toMatchObject({
      name: 'RunFailed',
      message: expect.stringMatching(/is refused: its entry "\.\.\/evil" leads out of the archive/),
    });
    expect([...objects.versions.keys()].filter((key) => key.includes('models/sha256'))).toEqual([]);
  });
});
