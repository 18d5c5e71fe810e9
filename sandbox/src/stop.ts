import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { SandboxError } from './errors';
import { forget } from './known';
import { isSame, type ProcessIdentity, signalGroup, waitUntil } from './process';
import { readRecord, STATE_FILE } from './state';

const GRACEFUL_MS = 40_000;
const KILLED_MS = 5_000;

/**
 * Stops the sandbox of this state directory: only processes that it recorded, and only while they are the same ones.
 * Its state is kept for the next start.
 * @returns whether anything ran.
 */
export async function stopSandbox({ stateDir }: { readonly stateDir: string }): Promise<boolean> {
  const record = readRecord(stateDir);
  if (!record) return false;
  const { daemon, miniStack } = record.processes;
  const ran = isSame(daemon) || isSame(miniStack);
  if (isSame(daemon)) process.kill(daemon.pid, 'SIGTERM');
  if (!(await waitUntil(() => !isSame(daemon), GRACEFUL_MS))) await kill(daemon);
  if (isSame(miniStack)) await kill(miniStack);
  rmSync(join(stateDir, STATE_FILE), { force: true });
  return ran;
}

/** Deletes everything that a sandbox kept; call it only while none runs there. */
export function removeState(stateDir: string): void {
  rmSync(stateDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  forget(stateDir);
}

async function kill(identity: ProcessIdentity): Promise<void> {
  signalGroup(identity.pid, 'SIGKILL');
  if (await waitUntil(() => !isSame(identity), KILLED_MS)) return;
  throw new SandboxError(`Process ${identity.pid} of the sandbox did not end, even by SIGKILL: end it by hand.`);
}
