import type { SandboxInfo } from './config';
import { isSame, residentMemory } from './process';
import { readRecord, type SandboxRecord } from './state';

export interface SandboxStatus extends Partial<SandboxInfo> {
  readonly running: boolean;
  readonly stateDir: string;
  readonly name?: string;
  readonly port?: number;
  readonly pids?: { readonly daemon: number; readonly miniStack: number };
  /** Resident memory in bytes of the daemon and of MiniStack, without Lambda workers and SageMaker processes. */
  readonly memory?: { readonly daemon: number; readonly miniStack: number };
  readonly uptimeSeconds?: number;
  /** What the local SageMaker tells about its jobs and endpoints. */
  readonly sageMaker?: object;
}

interface Answer {
  readonly id?: string;
  readonly ready?: boolean;
  readonly uptimeSeconds?: number;
  readonly sageMaker?: object;
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
  if (!found) return { running: false, stateDir };
  const { endpoint, region, accountId, pid, name, processes } = found.record;
  const pids = { daemon: pid, miniStack: processes.miniStack.pid };
  const memory = { daemon: residentMemory(pids.daemon), miniStack: residentMemory(pids.miniStack) };
  const { uptimeSeconds, sageMaker } = found.answer;
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
    memory,
    uptimeSeconds,
    sageMaker,
  };
}

async function find(stateDir: string): Promise<{ record: SandboxRecord; answer: Answer } | undefined> {
  const record = readRecord(stateDir);
  if (!record || !isSame(record.processes.daemon)) return undefined;
  const signal = AbortSignal.timeout(5_000);
  const response = await fetch(`${record.endpoint}/_sandbox/status`, { signal }).catch(() => undefined);
  const answer = response?.ok ? ((await response.json()) as Answer) : undefined;
  return answer?.ready && answer.id === record.id ? { record, answer } : undefined;
}
