/**
 * `npm run permissions`: what each role of the deployed stacks may do and what it did, from the last run of the flows
 * (`npm test`, or here where there was none). `--json` prints all of it as JSON, `--run` runs the flows first.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ONLY_ON_AWS } from '../test/permissions/only-on-aws';
import { checkPermissions, SNAPSHOT } from './permissions/check';
import { printReport } from './permissions/print';

const root = join(__dirname, '..');
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const main = async (): Promise<number> => {
  if (process.argv.includes('--run') || !existsSync(SNAPSHOT)) {
    const vitest = join(root, 'node_modules/vitest/vitest.mjs');
    spawnSync(process.execPath, [vitest, 'run', '--project=sandbox'], { cwd: root, stdio: ['ignore', 2, 2] });
  }
  const checked = await checkPermissions();
  if (!checked) throw new Error('The flows did not run, so that there is nothing to judge: see what they said above.');
  const { report, faults } = checked;
  if (process.argv.includes('--json')) say(JSON.stringify({ ...report, faults }, null, 2));
  else printReport(report, ONLY_ON_AWS, say);
  for (const fault of faults) process.stderr.write(`${fault}\n`);
  return faults.length === 0 ? 0 : 1;
};

main().then(
  (status) => {
    process.exitCode = status;
  },
  (error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  },
);
