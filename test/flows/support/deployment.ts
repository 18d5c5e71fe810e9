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
    await deploy(sandbox, join(folder, 'cdk.out'));
    await writeFile(done, '');
  } catch (error) {
    await writeFile(failed, '');
    throw error;
  }
}

async function deploy(sandbox: TestSandbox, output: string): Promise<void> {
  const env = { ...childEnv(sandbox), CDK_VALIDATION: 'false', CDK_DISABLE_CLI_TELEMETRY: 'true', FORCE_COLOR: '0' };
  const cdk = (...args: string[]) => runCdk([...args, '--no-notices'], { cwd: ROOT, env, onLine: () => {} });
  await cdk('bootstrap', `aws://${sandbox.accountId}/${sandbox.region}`, '--app', '');
  const app = ['--app', `node --import tsx "${APP}"`, '--output', output];
  await cdk('deploy', '--all', '--require-approval', 'never', '--concurrency', '3', ...app);
}
