/** Packs the built library as `npm publish` would, and makes empty folders to use it in. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const root = join(__dirname, '..');

/** The versions that the peers' ranges begin with: what works with them works with all later ones. */
export const FLOOR = { 'aws-cdk-lib': '2.275.0', constructs: '10.8.1' } as const;

export interface Packed {
  readonly tarball: string;
  /** Paths inside the package. */
  readonly files: readonly string[];
}

/** A folder of its own, in which nothing of the checkout is found. */
export const emptyFolder = (name: string): string => mkdtempSync(join(tmpdir(), `${name}-`));

/**
 * Runs a program to its end and gives its output.
 * @throws Error with the end of what it printed, when it fails.
 */
export function runOrThrow(program: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): string {
  const done: SpawnSyncReturns<string> = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ...env },
    maxBuffer: 64 * 1024 * 1024,
  });
  if (done.status === 0) return done.stdout;
  const output = done.error ? done.error.message : `${done.stdout}\n${done.stderr}`.trim().slice(-4000);
  throw new Error(`'${[program, ...args].join(' ')}' failed:\n${output}`);
}

/** Packs what `npm run build` made into a folder. */
export function pack(folder: string): Packed {
  const printed = runOrThrow('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], root);
  const [packed] = JSON.parse(printed) as [{ filename: string; files: { path: string }[] }];
  return { tarball: join(folder, packed.filename), files: packed.files.map(({ path }) => path) };
}
