import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { list } from 'tar';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packSource } from '../../cli/src/source/pack';

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'mlops-pack-'));
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

const write = (name: string, files: Record<string, string>): string => {
  const folder = join(scratch, name);
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(join(folder, file, '..'), { recursive: true });
    writeFileSync(join(folder, file), content);
  }
  return folder;
};
const pack = (folder: string) => packSource(folder, join(scratch, 'out.tar.gz'));

describe('a packed source', () => {
  it('depends on names and contents, not on times, the umask or the order of writing', () =>
    fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.stringMatching(/^[a-z]{1,8}(\/[a-z]{1,8}\.py)$/), fc.string({ maxLength: 50 }), {
          minKeys: 1,
        }),
        async (files) => {
          const first = await pack(write('a', files));
          const folder = write('b', Object.fromEntries(Object.entries(files).reverse()));
          for (const file of Object.keys(files)) {
            utimesSync(join(folder, file), 1_000_000, 2_000_000);
            chmodSync(join(folder, file), 0o600);
          }
          const second = await pack(folder);
          rmSync(join(scratch, 'a'), { recursive: true });
          rmSync(folder, { recursive: true });
          expect(second.sha256).toBe(first.sha256);
          expect(second.files).toEqual(first.files);
        },
      ),
      { numRuns: 25 },
    ));

  it('has another digest for another content, name or executable bit', async () => {
    const digests = [
      (await pack(write('a', { 'train.py': '1' }))).sha256,
      (await pack(write('b', { 'train.py': '2' }))).sha256,
      (await pack(write('c', { 'main.py': '1' }))).sha256,
    ];
    const runnable = write('d', { 'train.py': '1' });
    chmodSync(join(runnable, 'train.py'), 0o755);
    digests.push((await pack(runnable)).sha256);
    expect(new Set(digests).size).toBe(4);
  });

  it('holds the files and none of the caches, environments and version control', async () => {
    const kept = { 'train.py': '', 'lib/a.py': '', '@odd.py': '' };
    const folder = write('a', {
      ...kept,
      '.git/config': '',
      '__pycache__/a.pyc': '',
      'x.pyc': '',
      '.venv/bin/python': '',
    });
    const { path, files } = await pack(folder);
    expect(files).toEqual(Object.keys(kept).sort());
    const entries: string[] = [];
    await list({ file: path, onReadEntry: (entry) => entries.push(entry.path) });
    expect(entries.map((entry) => entry.replace(/^\.\//, ''))).toEqual(files);
  });

  it('follows a link inside, and refuses one that leads out', async () => {
    const folder = write('a', { 'train.py': 'x' });
    symlinkSync('train.py', join(folder, 'main.py'));
    expect((await pack(folder)).files).toEqual(['main.py', 'train.py']);
    symlinkSync('/etc/hostname', join(folder, 'secret'));
    await expect(pack(folder)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('secret is a link'),
    });
  });

  it.each([
    ['missing', 'does not exist'],
    ['file', 'is a file'],
    ['empty', 'holds no file'],
  ])('refuses a source that is %s', async (name, message) => {
    writeFileSync(join(scratch, 'file'), 'x');
    mkdirSync(join(scratch, 'empty'));
    await expect(pack(join(scratch, name))).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining(message),
    });
  });
});
