import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const OPT_ML = '/opt/ml';
const PROBE_TIMEOUT_MS = 5_000;

/** A name in the container's own network and those of its peers. */
export interface ContainerNetwork {
  readonly hostName: string;
  /** Address by host name, the container's own among them. */
  readonly hosts: Readonly<Record<string, string>>;
}

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
 * $1 is the job's folder, $2 the working directory, $3 the host name or nothing, $4 the number of read-only paths,
 * then these paths, the rest the command.
 */
const MOUNT_SCRIPT = `
set -e
job=$1; cwd=$2; name=$3; count=$4; shift 4
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
while [ "$count" -gt 0 ]; do
  mount --bind "$1" "$1"
  mount -o remount,bind,ro "$1"
  count=$((count - 1)); shift
done
if [ -n "$name" ]; then
  echo "$name" > /proc/sys/kernel/hostname || :
  [ ! -f /etc/hosts ] || mount --bind "$job/.hosts" /etc/hosts
fi
ip link set lo up 2>/dev/null || :
cd "$cwd"
exec "$@"
`;

/** Tries the very commands that jobs will use, once. */
export async function probeIsolation(): Promise<Isolation> {
  if (process.platform !== 'linux') return NO_ISOLATION;
  const folder = await mkdtemp(join(tmpdir(), 'sagemaker-probe-'));
  const works = async (isolation: Isolation, noNetwork: boolean) => {
    const [command, ...args] = await isolated(isolation, folder, {
      noNetwork,
      readOnly: [],
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

/** How a job's process sees its surroundings. */
export interface Surroundings {
  readonly noNetwork: boolean;
  readonly network?: ContainerNetwork;
  /** Paths below /opt/ml. */
  readonly readOnly: readonly string[];
  readonly cwd: string;
  readonly command: readonly string[];
}

/** The command line that runs a command with the job's folder at /opt/ml, and without network if asked. */
export async function isolated(isolation: Isolation, folder: string, job: Surroundings): Promise<string[]> {
  if (!isolation.mounts) return [...job.command];
  await mkdir(join(folder, '.opt'), { recursive: true });
  if (job.network) await writeFile(join(folder, '.hosts'), await hostsFile(job.network));
  const flags = ['--user', '--map-root-user', '--mount', '--uts', ...(cutOff(isolation, job) ? ['--net'] : [])];
  const parameters = [folder, job.cwd, job.network?.hostName ?? '', String(job.readOnly.length), ...job.readOnly];
  return ['unshare', ...flags, '/bin/sh', '-c', mountScript(isolation, job), 'sh', ...parameters, ...job.command];
}

const cutOff = (isolation: Isolation, job: Surroundings) => job.noNetwork && isolation.network;

// Starting `ip` takes as long as all mounts together, and only a new network has its loopback device down.
const mountScript = (isolation: Isolation, job: Surroundings) =>
  cutOff(isolation, job) ? MOUNT_SCRIPT : MOUNT_SCRIPT.replace(/^ip .*$/m, '');

async function hostsFile({ hosts }: ContainerNetwork): Promise<string> {
  const own = await readFile('/etc/hosts', 'utf8').catch(() => '127.0.0.1 localhost\n');
  return `${own}\n${Object.entries(hosts)
    .map(([name, address]) => `${address} ${name}\n`)
    .join('')}`;
}
