import { stateDirOf } from './launch';
import { type ReadBackStack, readBackStacks as readBack } from './readback';
import { type SandboxStatus, statusOf } from './status';
import { removeState, stopSandbox as stop } from './stop';

export type { SandboxInfo } from './config';
export { applySandboxEnv, sandboxEnv } from './environment';
export { SandboxError } from './errors';
export { type StartOptions, startSandbox } from './launch';
export { type EnsurePythonOptions, ensurePython, type PythonEnvironment, type PythonProgress } from './python';
export type { ReadBackDifference, ReadBackResource, ReadBackStack } from './readback';
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
