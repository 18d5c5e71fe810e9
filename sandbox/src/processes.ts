import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type ProcessRow, processTable, proportionalMemory } from './sagemaker/processes/process-table';

/** What a sandbox runs, and what it takes of the machine. A wrapper and the processes below it count as one. */
export interface SandboxProcess {
  readonly kind: 'daemon' | 'ministack' | 'function' | 'job' | 'endpoint' | 'other';
  /** Name of the function, job or endpoint. */
  readonly name?: string;
  readonly pid: number;
  /** Memory that it takes of the machine: of pages that processes share its part, where the system tells; else all of them. */
  readonly memoryBytes: number;
  /** The most memory that it held so far; known for jobs. */
  readonly peakMemoryBytes?: number;
  readonly cpuSeconds: number;
  readonly upSeconds: number;
}

export interface SandboxTotals {
  readonly processes: number;
  readonly memoryBytes: number;
  /** Memory without the processes that serve endpoints and run jobs. */
  readonly idleMemoryBytes: number;
  readonly cpuSeconds: number;
}

/** What the daemon tells about the processes that SageMaker started. */
export interface SageMakerProcesses {
  readonly jobs?: readonly Container[] | number;
  readonly serving?: readonly Container[];
  readonly endpoints?: readonly Container[];
}

interface Container {
  readonly name: string;
  readonly pid: number;
  readonly peakMemoryBytes?: number;
}

/** MiniStack starts each worker from a folder of its own, which carries the function's name. */
const WORKER = /ministack-lambda-(.+)-[A-Za-z0-9_]{8}\/_worker\./;

/** Everything below the daemon now. */
export async function runningProcesses(pids: Leaders, sageMaker?: SageMakerProcesses): Promise<SandboxProcess[]> {
  return sandboxProcesses(pids, sageMaker, await processTable(), { commandOf, memoryOf, upSeconds });
}

interface Leaders {
  readonly daemon: number;
  readonly miniStack: number;
}

/** What else is asked of the operating system, of a few processes only. */
interface Look {
  commandOf(pid: number): string;
  memoryOf(row: ProcessRow): number;
  upSeconds(row: ProcessRow): number;
}

export function sandboxProcesses(
  pids: Leaders,
  sageMaker: SageMakerProcesses = {},
  table: readonly ProcessRow[],
  look: Look,
): SandboxProcess[] {
  const named = new Map<number, Pick<SandboxProcess, 'kind' | 'name' | 'peakMemoryBytes'>>();
  const remember = (kind: 'job' | 'endpoint', containers: readonly Container[]) => {
    for (const { pid, name, peakMemoryBytes } of containers) {
      named.set(pid, { kind, name, ...(peakMemoryBytes ? { peakMemoryBytes } : {}) });
    }
  };
  remember('endpoint', [...(sageMaker.endpoints ?? []), ...(sageMaker.serving ?? [])]);
  if (Array.isArray(sageMaker.jobs)) remember('job', sageMaker.jobs);
  const figures = (row: ProcessRow, rows: readonly ProcessRow[]) => {
    const sum = (value: (each: ProcessRow) => number) => rows.reduce((total, each) => total + value(each), 0);
    return {
      pid: row.pid,
      memoryBytes: sum(look.memoryOf),
      cpuSeconds: Math.round(sum(({ cpuSeconds }) => cpuSeconds) * 100) / 100,
      upSeconds: Math.round(look.upSeconds(row)),
    };
  };
  const alone = (pid: number, kind: 'daemon' | 'ministack') =>
    table.filter((row) => row.pid === pid).map((row) => ({ kind, ...figures(row, [row]) }));
  const children = (parent: number): SandboxProcess[] =>
    table
      .filter((row) => row.parent === parent && row.pid !== pids.miniStack)
      .map((row) => ({
        ...(named.get(row.pid) ?? unnamed(look.commandOf(row.pid))),
        ...figures(row, withDescendants(row, table)),
      }));
  return [
    ...alone(pids.daemon, 'daemon'),
    ...alone(pids.miniStack, 'ministack'),
    ...children(pids.miniStack),
    ...children(pids.daemon),
  ];
}

function unnamed(command: string): Pick<SandboxProcess, 'kind' | 'name'> {
  const name = WORKER.exec(command)?.[1];
  if (command.startsWith('/bin/sh -c trap')) return { kind: 'other', name: 'guard that ends jobs with the daemon' };
  return name ? { kind: 'function', name } : { kind: 'other', name: shortened(command) };
}

function withDescendants(row: ProcessRow, table: readonly ProcessRow[]): ProcessRow[] {
  const found = [row];
  for (const { pid } of found) found.push(...table.filter(({ parent }) => parent === pid));
  return found;
}

const memoryOf = ({ pid, memoryBytes }: ProcessRow): number => proportionalMemory([pid]) ?? memoryBytes;

function commandOf(pid: number): string {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return 'ended';
  }
}

/** Linux tells the start in hundredths of a second since the machine came up, others as a date. */
function upSeconds({ started }: ProcessRow): number {
  if (process.platform !== 'linux') return (Date.now() - Date.parse(started)) / 1000;
  return Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) - Number(started) / 100;
}

const shortened = (command: string) => (command.length > 60 ? `${command.slice(0, 59)}…` : command);

export function totalsOf(processes: readonly SandboxProcess[]): SandboxTotals {
  const memory = (each: readonly SandboxProcess[]) => each.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);
  return {
    processes: processes.length,
    memoryBytes: memory(processes),
    idleMemoryBytes: memory(processes.filter(({ kind }) => kind !== 'job' && kind !== 'endpoint')),
    cpuSeconds: Math.round(processes.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0) * 100) / 100,
  };
}
