import { mkdirSync, mkdtempSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { extract, list } from 'tar';
import { describe, expect, it } from 'vitest';
import { archiveFolder, packSource, pathInSource } from '../../lib/training/source-archive';

const folderWith = (files: Record<string, string | Uint8Array>): string => {
  const folder = mkdtempSync(join(tmpdir(), 'source-'));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
};

const unpacked = (archive: Buffer): string => {
  const folder = mkdtempSync(join(tmpdir(), 'unpacked-'));
  writeFileSync(join(folder, '.a.tar.gz'), archive);
  extract({ file: join(folder, '.a.tar.gz'), cwd: folder, sync: true, strict: true });
  return folder;
};

const names = (archive: Buffer): string[] => {
  const file = join(mkdtempSync(join(tmpdir(), 'list-')), 'a.tar.gz');
  writeFileSync(file, archive);
  const found: string[] = [];
  list({ file, sync: true, strict: true, onReadEntry: (entry) => void found.push(entry.path) });
  return found;
};

const part = fc.stringMatching(/^[a-z][a-z0-9_]{0,20}$/);
const path = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => `${parts.join('/')}.py`);

describe('the source archive', () => {
  it('holds every file as it was, as tar reads it', () => {
    fc.assert(
      fc.property(fc.dictionary(path, fc.uint8Array({ maxLength: 2000 }), { minKeys: 1, maxKeys: 6 }), (files) => {
        const folder = unpacked(archiveFolder(folderWith(files)));
        for (const [name, content] of Object.entries(files)) {
          expect(new Uint8Array(readFileSync(join(folder, name)))).toEqual(new Uint8Array(content));
        }
      }),
      { numRuns: 25 },
    );
  });

  it('depends on names and contents alone', () => {
    const one = folderWith({ 'b.py': '2', 'a/a.py': '1' });
    const two = folderWith({ 'a/a.py': '1', 'b.py': '2' });
    utimesSync(join(two, 'b.py'), 1, 1);
    expect(archiveFolder(one)).toEqual(archiveFolder(two));
    expect(archiveFolder(folderWith({ 'a/a.py': '1', 'b.py': '3' }))).not.toEqual(archiveFolder(one));
  });

  it('leaves out what is no source', () => {
    const folder = folderWith({
      'train.py': '',
      '__pycache__/train.pyc': '',
      '.DS_Store': '',
      '.venv/lib/x.py': '',
      '.git/HEAD': '',
      'sub/.git/HEAD': '',
    });
    expect(names(archiveFolder(folder))).toEqual(['train.py']);
  });

  it('takes paths of up to 255 bytes, and refuses longer ones by name', () => {
    const long = `${'d'.repeat(60)}/${'e'.repeat(60)}/${'f'.repeat(90)}`;
    expect(names(archiveFolder(folderWith({ [long]: 'x' })))).toEqual([long]);
    expect(() => archiveFolder(folderWith({ [`${'g'.repeat(120)}`]: 'x' }))).toThrow(/ggg.* is too long/);
  });

  it('is packed only with its entry points', () => {
    const folder = folderWith({ 'train.py': '' });
    expect(readFileSync(packSource(folder, ['train.py']).path).length).toBeGreaterThan(0);
    expect(() => packSource(folder, ['inference.py'])).toThrow(/no file 'inference.py'.*train\.py/);
  });

  it('finds a script by its path inside, or on this machine', () => {
    const folder = folderWith({ 'sub/prepare.py': '' });
    expect(pathInSource(folder, 'sub/prepare.py')).toBe('sub/prepare.py');
    expect(pathInSource(folder, join(folder, 'sub/prepare.py'))).toBe('sub/prepare.py');
    expect(pathInSource(folder, 'elsewhere.py')).toBe('elsewhere.py');
  });
});
