import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePython } from '../sandbox/src/index';

export const ROOT = join(__dirname, '..');

export const note = (line: string): void => void process.stderr.write(`  ${line}\n`);

/** Gives work a folder below the repository, from where it finds the same packages, and removes it afterwards. */
export async function inWorkspace<T>(work: (folder: string) => Promise<T>): Promise<T> {
  mkdirSync(join(ROOT, '.mlops'), { recursive: true });
  const folder = mkdtempSync(join(ROOT, '.mlops', 'bench-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The interpreter of the sandbox's environment, which is made where there is none yet. */
export const sandboxPython = async (): Promise<string> => (await ensurePython({ log: note })).python;
