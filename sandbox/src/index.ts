import { SandboxError } from './errors';
import { stateDirOf } from './launch';
import { type ReadBackStack, readBackStacks as readBack } from './readback';
import { runningSandbox, type SandboxStatus, statusOf } from './status';
import { removeState, stopSandbox as stop } from './stop';

export type { SandboxInfo } from './config';
export { applySandboxEnv, sandboxEnv } from './environment';
export { SandboxError } from './errors';
export { knownSandboxes as listSandboxes } from './known';
export { type StartOptions, startSandbox } from './launch';
export type { SandboxProcess, SandboxTotals } from './processes';
export { type EnsurePythonOptions, ensurePython, type PythonEnvironment, type PythonProgress } from './python';
export type { ReadBackDifference, ReadBackResource, ReadBackStack } from './readback';
export { LOG_FILE } from './state';
export type { SandboxStatus } from './status';

/** Which sandbox: by its state directory, or by its name in the project around the working directory. */
export interface SandboxSelector {
  readonly name?: string;
  readonly stateDir?: string;
}

/** Stops what the sandbox started and nothing else; its state is kept. @returns whether anything ran. */
export async function stopSandbox(selector: SandboxSelector = {}): Promise<boolean> {
  return stop({ stateDir: stateDirOf(selector) });
}

/** Whether the sandbox runs, where, with which processes, and what they take. */
export async function sandboxStatus(selector: SandboxSelector = {}): Promise<SandboxStatus> {
  return statusOf(stateDirOf(selector));
}

/** Stops the sandbox and deletes its state: buckets, tables, stacks, jobs. */
export async function resetSandbox(selector: SandboxSelector = {}): Promise<void> {
  const stateDir = stateDirOf(selector);
  await stop({ stateDir });
  removeState(stateDir);
}

/**
 * Compares each property of deployed stacks with what the services' APIs answer: what differs, the sandbox did not apply.
 * @throws SandboxError where no sandbox runs.
 */
export async function readBackStacks(
  selector: SandboxSelector & { readonly stack?: string } = {},
): Promise<readonly ReadBackStack[]> {
  return readBack(stateDirOf(selector), selector.stack);
}

/**
 * Interrupts a managed spot training job, as AWS may at any time: its processes get SIGTERM, 120 seconds later SIGKILL,
 * and it begins anew with its checkpoints.
 * @throws SandboxError where no sandbox runs, or the job is none that can be interrupted now.
 */
export async function interruptJob(trainingJob: string, selector: SandboxSelector = {}): Promise<void> {
  const running = await runningSandbox(stateDirOf(selector));
  if (!running) throw new SandboxError('No sandbox runs: start it with `mlops sandbox start`.');
  const url = `${running.endpoint}/_sandbox/interrupt/${encodeURIComponent(trainingJob)}`;
  const response = await fetch(url, { method: 'POST' });
  if (!response.ok) throw new SandboxError(((await response.json()) as { message: string }).message);
}
