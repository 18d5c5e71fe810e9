import { execFile, execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { promisify } from 'node:util';

/** One process as the system's table has it now. */
export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** Tells the process from a later one of the same id. */
  readonly started: string;
  /** CPU time of its own. */
  readonly cpuSeconds: number;
  /** CPU time of its ended and awaited children. */
  readonly childCpuSeconds: number;
  /** Resident memory; pages that processes share are counted in each. */
  readonly memoryBytes: number;
}

const LINUX = process.platform === 'linux';
/** The kernel's unit of CPU times in /proc, the same on every Linux of today. */
const TICKS_PER_SECOND = 100;

/** Every process of this machine: from /proc on Linux, from `ps` elsewhere (there without children's times). */
export async function processTable(): Promise<ProcessRow[]> {
  if (!LINUX) return fromPs();
  const rows: ProcessRow[] = [];
  for (const entry of readdirSync('/proc')) {
    const first = entry.charCodeAt(0);
    if (first < 48 || first > 57) continue;
    try {
      rows.push(parseStat(readFileSync(`/proc/${entry}/stat`, 'latin1')));
    } catch {
      // It ended between the listing and the look.
    }
  }
  return rows;
}

/** A line of /proc/<pid>/stat; the name in parentheses may itself hold spaces and parentheses. */
export function parseStat(stat: string): ProcessRow {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = (...indexes: number[]) => indexes.reduce((sum, at) => sum + Number(fields[at]), 0) / TICKS_PER_SECOND;
  return {
    pid: Number.parseInt(stat, 10),
    parent: Number(fields[1]),
    group: Number(fields[2]),
    session: Number(fields[3]),
    cpuSeconds: ticks(11, 12),
    childCpuSeconds: ticks(13, 14),
    started: fields[19]!,
    memoryBytes: Number(fields[21]) * pageSize(),
  };
}

let page: number | undefined;
function pageSize(): number {
  page ??= Number(execFileSync('getconf', ['PAGESIZE'], { encoding: 'utf8' })) || 4096;
  return page;
}

const run = promisify(execFile);

async function fromPs(): Promise<ProcessRow[]> {
  const { stdout } = await run('ps', ['-axo', 'pid=,ppid=,pgid=,rss=,time=,lstart='], { maxBuffer: 2 ** 26 });
  return stdout.split('\n').flatMap((line) => {
    const [pid, parent, group, kilobytes, time, ...started] = line.trim().split(/\s+/);
    if (!time) return [];
    const cpuSeconds = time.split(/[:-]/).reduce((sum, part) => sum * 60 + Number(part), 0);
    return {
      pid: Number(pid),
      parent: Number(parent),
      group: Number(group),
      session: Number(group),
      started: started.join(' '),
      cpuSeconds,
      childCpuSeconds: 0,
      memoryBytes: Number(kilobytes) * 1024,
    };
  });
}

/** Memory of some processes with each shared page counted once, where the system tells; else undefined. */
export function proportionalMemory(pids: Iterable<number>): number | undefined {
  if (!LINUX) return undefined;
  let bytes = 0;
  for (const pid of pids) {
    try {
      const found = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'));
      bytes += Number(found?.[1] ?? 0) * 1024;
    } catch {
      // It ended, or is not ours to look into.
    }
  }
  return bytes || undefined;
}

/** The most memory that a process has had at once, where the system tells; else 0. */
export function highWater(pid: number): number {
  if (!LINUX) return 0;
  try {
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** Memory of this machine in bytes, or of the control group that all of it runs in where that has less. */
export function machineMemory(): number {
  for (const file of ['/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes']) {
    try {
      const limit = Number(readFileSync(file, 'latin1'));
      if (limit > 0) return Math.min(limit, totalmem());
    } catch {
      // There is no such control group.
    }
  }
  return totalmem();
}
