import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { digestStream } from '../../../core/digest';
import { usageError } from '../errors';

export interface LocalFile {
  /** Path below the dataset version, with `/` between folders. */
  readonly name: string;
  readonly path: string;
  readonly size: number;
  /** Hexadecimal SHA-256. */
  readonly sha256: string;
}

/**
 * The files that arguments name, sorted by name: a file by its own name, a folder's files by their path below it.
 * Names that begin with a dot are left out of folders.
 * @throws CommandError for a missing or empty file, two files of one name, or nothing at all.
 */
export async function collectFiles(paths: readonly string[], cwd: string): Promise<LocalFile[]> {
  const found = (await Promise.all(paths.map((path) => expand(resolve(cwd, path), path)))).flat();
  if (found.length === 0)
    throw usageError(`There is no file in ${paths.join(', ')}.`, 'Give the files or the folder to push.');
  const byName = new Map<string, string>();
  for (const { name, path } of found) {
    const other = byName.get(name);
    if (other)
      throw usageError(`Two files would both be '${name}': ${other} and ${path}.`, 'Rename one, or push their folder.');
    byName.set(name, path);
  }
  const files: LocalFile[] = [];
  for (const { name, path } of found.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const { size, sha256 } = await digestStream(createReadStream(path));
    if (size === 0)
      throw usageError(`${path} is empty (0 bytes).`, 'A dataset has no empty files: remove it, or fill it.');
    files.push({ name, path, size, sha256 });
  }
  return files;
}

async function expand(path: string, given: string): Promise<{ name: string; path: string }[]> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw usageError(`${given} does not exist.`);
  if (found.isFile()) return [{ name: basename(path), path }];
  if (!found.isDirectory()) throw usageError(`${given} is neither a file nor a folder.`);
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ name: file.slice(path.length + 1).replaceAll('\\', '/'), path: file }))
    .filter(({ name }) => !name.split('/').some((part) => part.startsWith('.')));
}
