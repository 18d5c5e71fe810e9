import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import * as tar from 'tar';
import { S3DataError } from '../aws/s3';

/** Archives beyond this are refused: a bomb should not fill the disk. */
const MAX_ENTRIES = 100_000;

/**
 * Unpacks a tar.gz into a folder. Entries that are absolute, climb out, or link outside are an error rather than
 * skipped: an archive that holds one is not what its author meant to deploy.
 */
export async function extractArchive(file: string, dir: string, what: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  const bad: string[] = [];
  let entries = 0;
  try {
    await tar.list({
      file,
      strict: true,
      onReadEntry: (entry) => {
        entries += 1;
        if (unsafe(dir, entry.path, entry.type, entry.linkpath)) bad.push(entry.path);
      },
    });
    if (bad.length === 0 && entries <= MAX_ENTRIES) {
      await tar.extract({ file, cwd: dir, strict: true, preserveOwner: false });
      return;
    }
  } catch (cause) {
    throw new S3DataError(`${what} is not a readable tar.gz archive: ${(cause as Error).message}`, { cause });
  }
  if (entries > MAX_ENTRIES) throw new S3DataError(`${what} has ${entries} entries; at most ${MAX_ENTRIES} are taken.`);
  throw new S3DataError(
    `${what} holds entries that lead out of its folder or are no files: ${bad.slice(0, 5).join(', ')}`,
  );
}

const PLAIN = new Set(['File', 'OldFile', 'ContiguousFile', 'Directory', 'GNUDumpDir']);

function unsafe(dir: string, path: string, type: string, linkpath: string | undefined): boolean {
  const outside = (target: string) => {
    const full = resolve(dir, target);
    return full !== resolve(dir) && !full.startsWith(`${resolve(dir)}/`);
  };
  if (path.startsWith('/') || outside(path)) return true;
  if (PLAIN.has(type)) return false;
  if (type === 'SymbolicLink')
    return !linkpath || linkpath.startsWith('/') || outside(resolve(dir, path, '..', linkpath));
  if (type === 'Link') return !linkpath || outside(linkpath);
  return true;
}
