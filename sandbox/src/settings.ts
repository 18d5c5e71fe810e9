import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SandboxError } from './errors';
import { projectDir } from './paths';

export const SETTINGS_FILE = 'mlops.sandbox.json';

/** What a project says once for each start of its sandbox. */
interface SandboxSettings {
  /** Image repositories or URI prefixes, and the local runtime that stands for each. */
  readonly images?: Record<string, string>;
}

/** The settings of the project around the working directory; a file with something else in it is refused, by name. */
export function readSettings(from = process.cwd()): SandboxSettings {
  const project = projectDir(from);
  const file = project && join(project, SETTINGS_FILE);
  if (!file || !existsSync(file)) return {};
  const fail = (what: string) =>
    new SandboxError(`${file} ${what}. It may hold {"images": {"<prefix>": "<runtime>"}}.`);
  let found: unknown;
  try {
    found = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw fail(`can't be read as JSON: ${(error as Error).message}`);
  }
  if (typeof found !== 'object' || found === null || Array.isArray(found)) throw fail('holds no object');
  const unknown = Object.keys(found).filter((key) => key !== 'images');
  if (unknown.length > 0) throw fail(`names what the sandbox does not know: ${unknown.join(', ')}`);
  const { images = {} } = found as { images?: unknown };
  const isMap = typeof images === 'object' && images !== null && !Array.isArray(images);
  if (!isMap || Object.values(images).some((value) => typeof value !== 'string')) {
    throw fail('has "images" that are not a map of texts');
  }
  return { images: images as Record<string, string> };
}
