import { createReadStream, writeFileSync } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { BadDocument, readStatistics } from '../../../core/model-monitor';
import {
  type DataSource,
  NoProfile,
  type Profile,
  type ProfileOptions,
  profileSources,
  type RandomAccess,
  unpackProfile,
} from '../../../core/profile';
import type { Context } from '../context';
import { usageError } from '../errors';

/** Files as sources of a profile; a folder or a missing file is refused by name. */
export async function sourcesOf(context: Context, files: readonly string[]): Promise<DataSource[]> {
  return Promise.all(
    files.map(async (file): Promise<DataSource> => {
      const path = resolve(context.host.cwd, file);
      const found = await stat(path).catch(() => undefined);
      if (!found?.isFile()) throw usageError(`${file} is no file.`);
      return {
        key: file,
        size: found.size,
        open: () => createReadStream(path, { highWaterMark: 1 << 20 }),
        random: () => randomAccess(path, found.size),
      };
    }),
  );
}

const randomAccess = (path: string, byteLength: number): RandomAccess => ({
  byteLength,
  async slice(start, end = byteLength) {
    const handle = await open(path);
    try {
      const bytes = new Uint8Array(Math.max(0, end - start));
      await handle.read(bytes, 0, bytes.length, start);
      return bytes.buffer;
    } finally {
      await handle.close();
    }
  },
});

/** Profiles files of this machine. */
export const profileFiles = async (
  context: Context,
  files: readonly string[],
  options: ProfileOptions = {},
): Promise<Profile> => profileWithProgress(context, await sourcesOf(context, files), options);

/** Profiles sources, with progress; what was wrong in them is told on stderr, and is part of the profile. */
export async function profileWithProgress(
  context: Context,
  sources: readonly DataSource[],
  options: ProfileOptions,
): Promise<Profile> {
  let shown = -1;
  const onProgress = (share: number): void => {
    const percent = Math.floor(share * 20) * 5;
    if (percent > shown && percent < 100) context.out.transient(`Reading: ${percent}%`);
    shown = Math.max(shown, percent);
  };
  const profile = await profileSources(sources, { ...options, onProgress });
  const { total, problems } = profile.problems;
  const [first] = problems;
  if (first) context.out.warn(`${total} problems, of which the first: ${first.message} ${first.hint}`);
  return profile;
}

/** A profile of a file that is one, or Model Monitor's statistics.json; undefined for a file of data. */
export async function readProfile(context: Context, file: string): Promise<Profile | undefined> {
  if (!file.endsWith('.json')) return undefined;
  const text = await readText(context, file);
  try {
    return /^\s*\{\s*"format"/.test(text) ? unpackProfile(text) : readStatistics(text, file);
  } catch (error) {
    if (!(error instanceof NoProfile || error instanceof BadDocument)) throw error;
    throw usageError(`${file} is no profile: ${error.message}`, 'Make one with: mlops profile <files…> --out <file>');
  }
}

export function readText(context: Context, file: string): Promise<string> {
  return readFile(resolve(context.host.cwd, file), 'utf8').catch(() => {
    throw usageError(`${file} is no file.`);
  });
}

export function writeText(context: Context, file: string, text: string): void {
  try {
    writeFileSync(resolve(context.host.cwd, file), text);
  } catch (error) {
    throw usageError(`${file} can't be written: ${(error as Error).message}`);
  }
}

export const writeDocument = (context: Context, file: string, document: object): void =>
  writeText(context, file, `${JSON.stringify(document, null, 2)}\n`);
