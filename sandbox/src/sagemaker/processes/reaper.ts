import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

/** The variable by which a process, whatever group it moved to, is known as this server's. */
const MARK = 'SANDBOX_CONTAINER';

/*
 * Reads the groups that run from stdin, `+pid` and `-pid`, and when the server is gone, however that came, ends those
 * that are left, and on Linux whatever carries the server's mark.
 */
const SCRIPT = `
trap '' TERM INT HUP
running=' '
while read -r line; do
  pid=\${line#?}
  case $line in
    +*) running="$running$pid " ;;
    -*) running="\${running%% $pid *} \${running#* $pid }" ;;
  esac
done
for pid in $running; do kill -KILL -"$pid" 2>/dev/null; done
[ -d /proc/self ] || exit 0
for file in $(grep -alz "^${MARK}=$1/" /proc/[0-9]*/environ 2>/dev/null); do
  pid=\${file#/proc/}
  kill -KILL "\${pid%/environ}" 2>/dev/null
done
exit 0
`;

/** Sees to it that no process of a container outlives it, or the server. */
export class Reaper {
  private readonly id = randomUUID();
  private containers = 0;
  private child: ChildProcess | undefined;

  /** The variable to put into a container's environment. */
  mark(): Record<string, string> {
    this.containers += 1;
    return { [MARK]: `${this.id}/${this.containers}/` };
  }

  /** From now on the group ends with the server. */
  guard(pid: number): void {
    this.tell(`+${pid}\n`);
  }

  /** The group has ended. */
  release(pid: number): void {
    this.tell(`-${pid}\n`);
  }

  /** Kills what a container left behind, also what moved to a session of its own. */
  killMarked(mark: Record<string, string>): void {
    for (const stray of marked(`${MARK}=${mark[MARK]}`)) kill(stray);
  }

  close(): void {
    this.child?.stdin?.end();
    this.child = undefined;
  }

  private tell(line: string): void {
    if (!this.child) {
      this.child = spawn('/bin/sh', ['-c', SCRIPT, 'sandbox-reaper', this.id], {
        detached: true,
        stdio: ['pipe', 'ignore', 'ignore'],
        env: { PATH: '/usr/bin:/bin' },
      });
      this.child.on('error', () => undefined);
      this.child.stdin?.on('error', () => undefined);
      this.child.unref();
      (this.child.stdin as { unref?: () => void } | null)?.unref?.();
    }
    this.child.stdin?.write(line);
  }
}

function marked(variable: string): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      const environment = readFileSync(`/proc/${entry}/environ`, 'latin1');
      return environment.includes(variable) ? [Number(entry)] : [];
    } catch {
      return [];
    }
  });
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
