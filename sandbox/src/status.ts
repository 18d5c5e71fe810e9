import type { DaemonConfig, SandboxInfo } from './config';
import { isSame } from './process';
import {
  runningProcesses,
  type SageMakerProcesses,
  type SandboxProcess,
  type SandboxTotals,
  totalsOf,
} from './processes';
import { CONFIG_FILE, readRecord, readState, type SandboxRecord } from './state';

export interface SandboxStatus extends Partial<SandboxInfo> {
  readonly running: boolean;
  readonly stateDir: string;
  readonly name?: string;
  readonly port?: number;
  readonly pids?: { readonly daemon: number; readonly miniStack: number };
  /** Everything that the sandbox runs at the moment. */
  readonly processes?: readonly SandboxProcess[];
  readonly totals?: SandboxTotals;
  readonly uptimeSeconds?: number;
  /** What the local SageMaker tells about its jobs and endpoints. */
  readonly sageMaker?: object;
}

interface Answer {
  readonly id?: string;
  readonly ready?: boolean;
  readonly uptimeSeconds?: number;
  readonly sageMaker?: SageMakerProcesses;
}

/** The sandbox of this state directory, if its own process runs and answers as itself and not as another's. */
export async function runningSandbox(stateDir: string): Promise<SandboxInfo | undefined> {
  const found = await find(stateDir);
  if (!found) return undefined;
  const { endpoint, region, accountId, pid } = found.record;
  return { endpoint, region, accountId, pid, stateDir };
}

export async function statusOf(stateDir: string): Promise<SandboxStatus> {
  const found = await find(stateDir);
  if (!found) return { running: false, stateDir, ...nameOf(stateDir) };
  const { endpoint, region, accountId, pid, name, processes } = found.record;
  const pids = { daemon: pid, miniStack: processes.miniStack.pid };
  const { uptimeSeconds, sageMaker } = found.answer;
  const running = await runningProcesses(pids, sageMaker);
  const port = Number(new URL(endpoint).port);
  return {
    running: true,
    endpoint,
    region,
    accountId,
    pid,
    stateDir,
    name,
    port,
    pids,
    processes: running,
    totals: totalsOf(running),
    uptimeSeconds,
    sageMaker,
  };
}

/** Under which name it was started last. */
function nameOf(stateDir: string): { readonly name?: string } {
  const name = readState<DaemonConfig>(stateDir, CONFIG_FILE)?.name;
  return name ? { name } : {};
}

async function find(stateDir: string): Promise<{ record: SandboxRecord; answer: Answer } | undefined> {
  const record = readRecord(stateDir);
  if (!record || !isSame(record.processes.daemon)) return undefined;
  const signal = AbortSignal.timeout(5_000);
  const response = await fetch(`${record.endpoint}/_sandbox/status`, { signal }).catch(() => undefined);
  const answer = response?.ok ? ((await response.json()) as Answer) : undefined;
  return answer?.ready && answer.id === record.id ? { record, answer } : undefined;
}
