import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { userStateDir } from './paths';
import { type SandboxStatus, statusOf } from './status';

/*
 * Where this user's sandboxes keep their state: one small file each, so that two that start at once do not write over
 * each other. It is a help for `list` alone; whether one runs, its own state directory and process say.
 */
const folder = () => join(userStateDir(), 'sandboxes');
const fileOf = (stateDir: string) =>
  join(folder(), `${createHash('sha256').update(stateDir).digest('hex').slice(0, 16)}.json`);

export function remember(stateDir: string): void {
  try {
    mkdirSync(folder(), { recursive: true });
    writeFileSync(fileOf(stateDir), JSON.stringify({ stateDir }));
  } catch {
    // A home that can't be written costs the line in the list, not the sandbox.
  }
}

export function forget(stateDir: string): void {
  try {
    rmSync(fileOf(stateDir), { force: true });
  } catch {
    // As above.
  }
}

/** This user's sandboxes on this machine, running or with state kept; those whose folder is gone are forgotten. */
export async function knownSandboxes(): Promise<SandboxStatus[]> {
  const files = existsSync(folder()) ? readdirSync(folder()) : [];
  const stateDirs = files.flatMap((file) => {
    try {
      return [(JSON.parse(readFileSync(join(folder(), file), 'utf8')) as { stateDir: string }).stateDir];
    } catch {
      return [];
    }
  });
  for (const stateDir of stateDirs) if (!existsSync(stateDir)) forget(stateDir);
  const found = await Promise.all(stateDirs.filter(existsSync).map(statusOf));
  return found.sort((a, b) => a.stateDir.localeCompare(b.stateDir));
}
