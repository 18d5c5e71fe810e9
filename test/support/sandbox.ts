import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import { resetSandbox, sandboxEnv, startSandbox } from 'cdk-mlops-sandbox';
import type { TestProject } from 'vitest/node';
import { takeSnapshot } from '../../scripts/permissions/snapshot';
import { makeRole } from './roles';

/** Where the tests' shared sandbox is: `inject('sandbox')` in a test, or `applySandboxEnv(inject('sandbox'))`. */
export interface TestSandbox {
  readonly endpoint: string;
  readonly region: string;
  readonly accountId: string;
  readonly stateDir: string;
  /** The flows run on AWS, with the credentials of the environment: there is no endpoint. Only `npm run test:aws` sets it. */
  readonly onAws?: boolean;
}

declare module 'vitest' {
  export interface ProvidedContext {
    sandbox: TestSandbox;
  }
}

/** Roles that may do everything, for tests that are about something else. */
const ROLES = ['tested', 'job', 'machine'];

/** Starts one sandbox for all `*.sandbox.test.ts`, on a free port and in a folder of its own, and removes it after them. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const stateDir = mkdtempSync(join(tmpdir(), 'cdk-mlops-test-'));
  const { endpoint, region, accountId } = await startSandbox({ stateDir, port: 0, strict: true, log: console.log });
  project.provide('sandbox', { endpoint, region, accountId, stateDir });
  for (const name of ROLES) await makeRole({ endpoint, region, accountId, stateDir }, { name });
  return async () => {
    await keepPermissions({ endpoint, region, accountId, stateDir });
    await resetSandbox({ stateDir });
    rmSync(stateDir, { recursive: true, force: true });
  };
}

/** Keeps what was deployed and what was called, for the report of permissions: when the tests are over, all of it is there. */
async function keepPermissions(sandbox: TestSandbox): Promise<void> {
  const file = join(__dirname, '../../.mlops/permissions.json');
  const snapshot = await takeSnapshot(sandbox);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, JSON.stringify(snapshot));
}

/** The configuration of an SDK client for the sandbox, or for AWS. */
export function clientConfig({ endpoint, region, onAws }: TestSandbox) {
  if (onAws) return { region, credentials: fromNodeProviderChain() };
  return { endpoint, region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
}

/** The environment of a child process that talks to the sandbox as its AWS, or to AWS. */
export function childEnv(sandbox: TestSandbox): NodeJS.ProcessEnv {
  return sandbox.onAws ? process.env : { ...process.env, ...sandboxEnv(sandbox) };
}
