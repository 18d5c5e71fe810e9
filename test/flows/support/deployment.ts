import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCdk } from '../../../cli/src/deploy/cdk';
import { eventually } from '../../sandbox/support/eventually';
import { childEnv, type TestSandbox } from '../../support/sandbox';

const ROOT = join(__dirname, '../../..');
const APP = fileURLToPath(new URL('../app.ts', import.meta.url));

/** Deploys the flows' app once for a sandbox, whichever file of tests comes first; the others wait for it. */
export async function deployOnce(sandbox: TestSandbox): Promise<void> {
  const folder = join(sandbox.stateDir, 'flows');
  const [done, failed] = [join(folder, 'done'), join(folder, 'failed')];
  try {
    await mkdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    await eventually(async () => (existsSync(done) || existsSync(failed) ? true : undefined));
    if (existsSync(failed)) throw new Error('The flows were not deployed: see the file of tests that came first.');
    return;
  }
  try {
    await cdk(sandbox, 'bootstrap', `aws://${sandbox.accountId}/${sandbox.region}`, '--app', '');
    await deployApp(sandbox, APP, join(folder, 'cdk.out'));
    await writeFile(done, '');
  } catch (error) {
    await writeFile(failed, '');
    throw error;
  }
}

/** Deploys all stacks of an app; the sandbox's account must be bootstrapped, which `deployOnce` does. */
export async function deployApp(sandbox: TestSandbox, app: string, output: string): Promise<void> {
  const options = ['--app', `node --import tsx "${app}"`, '--output', output];
  await cdk(sandbox, 'deploy', '--all', '--require-approval', 'never', '--concurrency', '3', ...options);
}

function cdk(sandbox: TestSandbox, ...args: string[]): Promise<void> {
  const env = { ...childEnv(sandbox), CDK_VALIDATION: 'false', CDK_DISABLE_CLI_TELEMETRY: 'true', FORCE_COLOR: '0' };
  return runCdk([...args, '--no-notices'], { cwd: ROOT, env, onLine: () => {} });
}
