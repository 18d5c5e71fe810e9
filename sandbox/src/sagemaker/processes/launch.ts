import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { ContainerProcess, ContainerSpec, ExitStatus } from './container-spec';
import { readLines } from './lines';
import { signalGroup } from './signals';

/** A process as the system runs it, before it is counted and limited. */
export type Launched = Pick<ContainerProcess, 'pid' | 'exited' | 'stop'>;

/** Starts a process in a group of its own, and reads what it writes. @param killStrays ends what has left the group */
export function launch(
  [file, ...args]: string[],
  cwd: string,
  env: Record<string, string>,
  spec: ContainerSpec,
  killStrays: () => void,
): Launched {
  // A group of its own, so that a signal reaches what the process starts as well.
  const child = spawn(file!, args, {
    cwd,
    env,
    detached: true,
    stdio: [spec.watchdog ? 'pipe' : 'ignore', 'pipe', 'pipe'],
  });
  child.stdin?.on('error', () => undefined);
  const ready = spec.ready ?? (() => undefined);
  const output = Promise.all([
    readLines(child.stdout!, (line) => spec.onLine(line, 'stdout'), ready),
    readLines(child.stderr!, (line) => spec.onLine(line, 'stderr'), ready),
  ]);
  const killAll = () => {
    signalGroup(child.pid, 'SIGKILL');
    killStrays();
  };
  const exited = exitOf(child, output, killAll).catch((error: Error) => {
    spec.onLine(`[sandbox] ${file} could not be started: ${error.message}`);
    return { code: 127 };
  });
  return {
    pid: child.pid ?? 0,
    exited,
    stop: async (graceMs) => {
      signalGroup(child.pid, 'SIGTERM');
      const kill = setTimeout(() => signalGroup(child.pid, 'SIGKILL'), graceMs);
      const status = await exited;
      clearTimeout(kill);
      return status;
    },
  };
}

/** How long to wait for output after the process itself has ended before what it left behind is killed. */
const DRAIN_MS = 1_000;

/** Settles when the process has ended and all that it wrote was read; rejects when it could not be started. */
function exitOf(child: ChildProcess, output: Promise<unknown>, killAll: () => void): Promise<ExitStatus> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      // Strays hold the output open; of what the process itself wrote nothing is lost.
      const overdue = setTimeout(killAll, DRAIN_MS);
      void output
        .catch(() => undefined)
        .then(() => {
          clearTimeout(overdue);
          killAll();
          resolve(signal ? { code: 128 + (constants.signals[signal] ?? 0), signal } : { code: code ?? 1 });
        });
    });
  });
}
