import { createReadStream } from 'node:fs';
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { create } from 'tar';
import { digestStream } from '../../../core/digest';
import { usageError } from '../errors';

export interface PackedSource {
  /** The archive on this machine. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Hexadecimal SHA-256 of the archive. */
  readonly sha256: string;
  /** Paths inside it, sorted. */
  readonly files: readonly string[];
}

const LEFT_OUT = new Set([
  '.git',
  '.mlops',
  '.venv',
  '__pycache__',
  'node_modules',
  'cdk.out',
  '.DS_Store',
  '.ipynb_checkpoints',
]);
const LEFT_OUT_ENDINGS = ['.pyc', '.pyo'];

/**
 * Packs a folder as a gzipped tar that depends on its files' names, contents and executable bits only: the same source
 * has the same digest on every machine. Version control, environments and caches are left out.
 */
export async function packSource(folder: string, archive: string): Promise<PackedSource> {
  const root = resolve(folder);
  const found = await stat(root).catch(() => undefined);
  if (!found) throw usageError(`The source folder ${folder} does not exist.`);
  if (!found.isDirectory()) throw usageError(`${folder} is a file; the source is a folder.`);
  const files = (await walk(root, root)).sort();
  if (files.length === 0) throw usageError(`The source folder ${folder} holds no file.`);
  await create(
    {
      file: archive,
      cwd: root,
      gzip: { level: 9, portable: true },
      portable: true,
      follow: true,
      noDirRecurse: true,
      mtime: new Date(0),
      // The umask of whoever checked the files out must not change the digest.
      onWriteEntry: (entry) => {
        if (entry.stat) entry.stat.mode = (entry.stat.mode & ~0o777) | (entry.stat.mode & 0o100 ? 0o755 : 0o644);
      },
    },
    files.map((file) => `./${file}`),
  );
  return { path: archive, files, ...(await digestStream(createReadStream(archive))) };
}

async function walk(folder: string, root: string): Promise<string[]> {
  const files: string[] = [];
  for (const name of await readdir(folder)) {
    if (LEFT_OUT.has(name) || LEFT_OUT_ENDINGS.some((ending) => name.endsWith(ending))) continue;
    const path = join(folder, name);
    const found = await lstat(path);
    if (found.isDirectory()) files.push(...(await walk(path, root)));
    else if (found.isFile()) files.push(relative(root, path).replaceAll(sep, '/'));
    else if (found.isSymbolicLink()) files.push(await linked(path, root));
  }
  return files;
}

/** A link to a file inside the source is packed as that file; one that leads elsewhere would pack what nobody sees. */
async function linked(path: string, root: string): Promise<string> {
  const name = relative(root, path).replaceAll(sep, '/');
  const target = await realpath(path).catch(() => undefined);
  const inside = target?.startsWith(`${await realpath(root)}${sep}`);
  if (!target || !inside)
    throw usageError(`${name} is a link that leads out of the source folder.`, 'Copy the file in instead.');
  if (!(await stat(target)).isFile()) throw usageError(`${name} is a link to a folder.`, 'Copy the folder in instead.');
  return name;
}
