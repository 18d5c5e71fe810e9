import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resetSandbox, sandboxEnv, startSandbox } from 'cdk-mlops-sandbox';
import type { TestProject } from 'vitest/node';

/** Where the tests' shared sandbox is: `inject('sandbox')` in a test, or `applySandboxEnv(inject('sandbox'))`. */
export interface TestSandbox {
  readonly endpoint: string;
  readonly region: string;
  readonly accountId: string;
  readonly stateDir: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    sandbox: TestSandbox;
  }
}

/** Starts one sandbox for all `*.sandbox.test.ts`, on a free port and in a folder of its own, and removes it after them. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const stateDir = mkdtempSync(join(tmpdir(), 'cdk-mlops-test-'));
  const { endpoint, region, accountId } = await startSandbox({ stateDir, port: 0, strict: true, log: console.log });
  project.provide('sandbox', { endpoint, region, accountId, stateDir });
  return async () => {
    await resetSandbox({ stateDir });
    rmSync(stateDir, { recursive: true, force: true });
  };
}

/** The configuration of an SDK client for the sandbox. */
export function clientConfig({ endpoint, region }: TestSandbox) {
  return { endpoint, region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
}

/** The environment of a child process that talks to the sandbox as its AWS. */
export function childEnv(sandbox: TestSandbox): NodeJS.ProcessEnv {
  return { ...process.env, ...sandboxEnv(sandbox) };
}
