import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const OPT_ML = '/opt/ml';
const PROBE_TIMEOUT_MS = 5_000;

/** What the kernel lets an ordinary user do for a job. */
export interface Isolation {
  /** A job finds its own folder at /opt/ml. */
  readonly mounts: boolean;
  /** A job can be cut off from the network. */
  readonly network: boolean;
}

export const NO_ISOLATION: Isolation = { mounts: false, network: false };

/*
 * Runs inside fresh user and mount namespaces, as their root: nothing of it is visible outside. Where the host has
 * no /opt/ml, a throw-away copy of /opt with the same entries gets one, since /opt itself may not be writable.
 * $1 is the job's folder, $2 the working directory, the rest the command.
 */
const MOUNT_SCRIPT = `
set -e
job=$1; cwd=$2; shift 2
if [ ! -d ${OPT_ML} ]; then
  mount -t tmpfs tmpfs "$job/.opt"
  for entry in /opt/* /opt/.[!.]*; do
    [ -e "$entry" ] || continue
    copy="$job/.opt/\${entry##*/}"
    if [ -d "$entry" ]; then mkdir "$copy"; else : > "$copy"; fi
    mount --rbind "$entry" "$copy"
  done
  mkdir "$job/.opt/ml"
  mount --rbind "$job/.opt" /opt
fi
mount --bind "$job" ${OPT_ML}
cd "$cwd"
exec "$@"
`;

/** Tries the very commands that jobs will use, once. */
export async function probeIsolation(): Promise<Isolation> {
  if (process.platform !== 'linux') return NO_ISOLATION;
  const folder = await mkdtemp(join(tmpdir(), 'sagemaker-probe-'));
  const works = async (isolation: Isolation, network: boolean) => {
    const [command, ...args] = await isolated(isolation, folder, {
      network,
      cwd: '/',
      command: ['test', '-d', OPT_ML],
    });
    return run(command!, args, { timeout: PROBE_TIMEOUT_MS }).then(
      () => true,
      () => false,
    );
  };
  try {
    const mounts = (await stat('/opt').catch(() => undefined))?.isDirectory() === true;
    const both = mounts && (await works({ mounts, network: true }, false));
    const network = both ? await works({ mounts: true, network: true }, true) : false;
    return { mounts: both, network };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The command line that runs a command with the job's folder at /opt/ml, and without network if asked. */
export async function isolated(
  isolation: Isolation,
  folder: string,
  job: { network: boolean; cwd: string; command: string[] },
): Promise<string[]> {
  if (!isolation.mounts) return job.command;
  await mkdir(join(folder, '.opt'), { recursive: true });
  const flags = ['--user', '--map-root-user', '--mount', ...(job.network && isolation.network ? ['--net'] : [])];
  return ['unshare', ...flags, '/bin/sh', '-c', MOUNT_SCRIPT, 'sh', folder, job.cwd, ...job.command];
}
