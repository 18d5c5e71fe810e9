import type { SandboxProcess, SandboxStatus } from 'cdk-mlops-sandbox';
import { formatBytes } from '../../../core/report';
import { duration, fields, plural, table } from '../format';

const bytes = (value: number | undefined) => (value === undefined ? undefined : formatBytes(value));

const WHAT: Readonly<Record<SandboxProcess['kind'], string>> = {
  daemon: 'daemon, with SageMaker',
  ministack: 'MiniStack, all other services',
  function: 'function',
  job: 'job',
  endpoint: 'endpoint',
  other: '',
};

const describe = ({ kind, name }: SandboxProcess) => [WHAT[kind], name].filter(Boolean).join(' ');

/** A sandbox with everything that it runs. */
export function statusText(status: SandboxStatus): string {
  const { running, name, endpoint, region, accountId, stateDir, totals, processes = [], uptimeSeconds } = status;
  if (!running) return `No sandbox runs for this project (${stateDir}). Start it with: mlops sandbox start`;
  const facts = fields([
    ['name', name],
    ['endpoint', endpoint],
    ['region', region],
    ['account', accountId],
    ['state', stateDir],
    ['up for', uptimeSeconds === undefined ? undefined : duration(uptimeSeconds)],
    ['memory', totals && totalText(totals)],
  ]);
  return `${facts}\n\n${processesText(processes)}`;
}

function totalText({ processes, memoryBytes, idleMemoryBytes }: NonNullable<SandboxStatus['totals']>): string {
  const without = idleMemoryBytes === memoryBytes ? '' : `; ${bytes(idleMemoryBytes)} without jobs and endpoints`;
  return `${bytes(memoryBytes)} in ${plural(processes, 'process').replace('processs', 'processes')}${without}`;
}

const processesText = (processes: readonly SandboxProcess[]) =>
  table(processes, [
    { title: 'what', value: describe },
    { title: 'pid', align: 'right', value: ({ pid }) => pid },
    { title: 'memory', align: 'right', value: ({ memoryBytes }) => bytes(memoryBytes) },
    { title: 'peak', align: 'right', value: ({ peakMemoryBytes }) => bytes(peakMemoryBytes) },
    { title: 'cpu', align: 'right', value: ({ cpuSeconds }) => duration(cpuSeconds) },
    { title: 'up for', align: 'right', value: ({ upSeconds }) => duration(upSeconds) },
  ]);

/** Sandboxes of this user on this machine, one a line. */
export function listText(sandboxes: readonly SandboxStatus[], own: (stateDir: string) => boolean): string {
  if (sandboxes.length === 0) return 'There is no sandbox on this machine. Start one with: mlops sandbox start';
  return table(sandboxes, [
    { title: '', value: ({ stateDir }) => (own(stateDir) ? '*' : ' ') },
    { title: 'name', value: ({ name }) => name },
    { title: 'status', value: ({ running }) => (running ? 'running' : 'stopped') },
    { title: 'endpoint', value: ({ endpoint }) => endpoint },
    { title: 'memory', align: 'right', value: ({ totals }) => bytes(totals?.memoryBytes) },
    { title: 'state', value: ({ stateDir }) => stateDir },
  ]);
}
