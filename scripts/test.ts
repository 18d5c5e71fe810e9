/**
 * `npm test`: bundles the handlers, makes sure of the sandbox's Python environment, runs the unit tests and the flows in
 * the sandbox, judges what each role did there by the synthesized policies, and ends with the line `N passed, N failed`.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePython } from '../sandbox/src/python';
import { buildLambdas } from './build-lambdas';
import { checkPermissions, SNAPSHOT } from './permissions/check';

const root = join(__dirname, '..');
const results = join(root, '.mlops/test-results.json');

interface VitestResults {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numFailedTestSuites: number;
  readonly success: boolean;
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const main = async (): Promise<number> => {
  const bundles = await buildLambdas();
  say(`Bundled ${bundles.length} handlers.`);
  await ensurePython({ log: say });
  mkdirSync(join(root, '.mlops'), { recursive: true });
  for (const file of [results, SNAPSHOT]) rmSync(file, { force: true });
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const run = spawnSync(
    process.execPath,
    [
      vitest,
      'run',
      '--project=unit',
      '--project=sandbox',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${results}`,
      ...process.argv.slice(2),
    ],
    { cwd: root, stdio: 'inherit' },
  );
  const summary = JSON.parse(readFileSync(results, 'utf8')) as VitestResults;
  // A file that fails to load holds no test, but it is a failure all the same.
  const failed = summary.success && run.status === 0 ? 0 : Math.max(1, summary.numFailedTests);
  // Only a whole run shows what a role uses.
  const whole = process.argv.length === 2 && failed === 0;
  const faulty = whole && !(await rolesHold()) ? 1 : 0;
  say(`${summary.numPassedTests + (whole ? 1 - faulty : 0)} passed, ${failed + faulty} failed`);
  return failed + faulty === 0 ? 0 : 1;
};

/** Says what is wrong with the roles' permissions; whether nothing is. */
async function rolesHold(): Promise<boolean> {
  const { faults } = (await checkPermissions()) ?? { faults: ['The sandbox left no record of what its roles did.'] };
  for (const fault of faults) say(fault);
  return faults.length === 0;
}

main().then(
  (status) => {
    process.exitCode = status;
  },
  (error: Error) => {
    process.stderr.write(`${error.message}\n`);
    say('0 passed, 1 failed');
    process.exitCode = 1;
  },
);
