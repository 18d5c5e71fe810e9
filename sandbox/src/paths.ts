import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, parse, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

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
  const folder = name === 'default' ? 'sandbox' : `sandbox-${name}`;
  for (let dir = resolve(from); ; dir = dirname(dir)) {
    if (['.mlops', 'cdk.json', 'package.json'].some((file) => existsSync(join(dir, file)))) {
      return join(dir, '.mlops', folder);
    }
    if (dir === parse(dir).root) break;
  }
  return join(env.XDG_STATE_HOME ?? join(homedir(), '.local', 'state'), 'cdk-mlops', folder);
}
