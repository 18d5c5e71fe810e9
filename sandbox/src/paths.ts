import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, parse, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SandboxError } from './errors';

/** The sandbox package's own folder, the same from `src/` in the repository and from `dist/` in the package. */
export const PACKAGE_DIR = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** Where downloads that any project can share are kept: MLOPS_CACHE_DIR, else the platform's cache folder. */
export function cacheDir(env: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): string {
  if (env.MLOPS_CACHE_DIR) return resolve(env.MLOPS_CACHE_DIR);
  if (env.XDG_CACHE_HOME) return join(env.XDG_CACHE_HOME, 'cdk-mlops');
  return join(homedir(), platform === 'darwin' ? 'Library/Caches' : '.cache', 'cdk-mlops');
}

/**
 * Where a sandbox keeps its state: `.mlops/<name>` in the project that encloses `from` (the nearest folder with a
 * package.json, cdk.json or .mlops), else the user's state folder. The sandbox named `default` is `.mlops/sandbox`.
 */
export function defaultStateDir(name = 'default', from = process.cwd(), env: NodeJS.ProcessEnv = process.env): string {
  if (!NAME.test(name)) {
    throw new SandboxError(
      `'${name}' can't name a sandbox: use at most 40 letters, digits, dots, dashes and underscores, a letter or digit first.`,
    );
  }
  const folder = name === 'default' ? 'sandbox' : `sandbox-${name}`;
  const project = projectDir(from);
  return project ? join(project, '.mlops', folder) : join(userStateDir(env), folder);
}

/** The nearest folder upwards that holds a package.json, cdk.json or .mlops; undefined outside of any project. */
export function projectDir(from: string): string | undefined {
  for (let dir = resolve(from); ; dir = dirname(dir)) {
    if (['.mlops', 'cdk.json', 'package.json'].some((file) => existsSync(join(dir, file)))) return dir;
    if (dir === parse(dir).root) return undefined;
  }
}

/** What belongs to this user and to no project. */
export function userStateDir(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_STATE_HOME ?? join(homedir(), '.local', 'state'), 'cdk-mlops');
}

/** A name becomes part of a folder's. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/;
