/**
 * `npm run faults`: plays every fault on every state and every event handler in a sandbox of its own, and prints the matrix.
 *
 *   --only <regular expression>   scenarios whose id matches: training/Train, handler/, killed
 *   --seed <n>  --sample <n>      so many of them, drawn by the seed; the seed also orders the whole
 *   --slots <n>                   models side by side (2)
 *   --continue                    leaves out what .mlops/faults/results.jsonl has already, and keeps its platform
 *   --list                        names the scenarios, and plays none
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runCdk } from '../cli/src/deploy/cdk';
import { startSandbox, stopSandbox } from '../sandbox/src/index';
import { playMatrix } from '../test/faults/matrix';
import { CANDID, MATRIX_PLATFORM, slotNames } from '../test/faults/names';
import { openPlatform } from '../test/faults/platform';
import type { Result } from '../test/faults/play';
import { lineOf, tableOf } from '../test/faults/report';
import { candidScenariosOf, scenariosOf, unplayedHandlers } from '../test/faults/scenarios';
import { Slot } from '../test/faults/slot';
import { childEnv, type TestSandbox } from '../test/support/sandbox';
import { buildLambdas } from './build-lambdas';

const root = join(__dirname, '..');
const folder = join(root, '.mlops/faults');
const resultsFile = join(folder, 'results.jsonl');
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    seed: { type: 'string', default: process.env.FAULTS_SEED ?? String(Date.now() % 100_000) },
    sample: { type: 'string' },
    slots: { type: 'string', default: '2' },
    continue: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
});

const readResults = (): Result[] =>
  existsSync(resultsFile)
    ? readFileSync(resultsFile, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Result)
    : [];

async function deploy(sandbox: TestSandbox): Promise<void> {
  const env = {
    ...childEnv(sandbox),
    CDK_VALIDATION: 'false',
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    FAULTS_SLOTS: values.slots,
  };
  const cdk = (...args: string[]) => runCdk([...args, '--no-notices'], { cwd: root, env, onLine: () => {} });
  await cdk('bootstrap', `aws://${sandbox.accountId}/${sandbox.region}`, '--app', '');
  const app = join(root, 'test/faults/app.ts');
  const output = ['--output', join(folder, 'cdk.out')];
  await cdk('deploy', '--all', '--require-approval', 'never', '--app', `node --import tsx "${app}"`, ...output);
}

async function main(): Promise<number> {
  await buildLambdas();
  mkdirSync(folder, { recursive: true });
  const stateDir = join(folder, 'sandbox');
  if (!values.continue) rmSync(resultsFile, { force: true });
  const before = readResults();
  const started = await startSandbox({ stateDir, port: 0, fresh: !values.continue, log: say });
  const sandbox: TestSandbox = { ...started, stateDir };
  try {
    say(`The sandbox runs at ${sandbox.endpoint}.`);
    await deploy(sandbox);
    say('The platform and its models are deployed.');
    return await playOn(sandbox, before);
  } finally {
    await stopSandbox({ stateDir });
  }
}

async function playOn(sandbox: TestSandbox, before: readonly Result[]): Promise<number> {
  const platform = await openPlatform(sandbox, MATRIX_PLATFORM);
  const models = slotNames(Number(values.slots));
  const only = values.only ? new RegExp(values.only) : undefined;
  const done = new Set(before.map(({ id }) => id));
  const wanted = (id: string): boolean => !done.has(id) && (only?.test(id) ?? true);
  if (values.list) return list(platform, wanted);
  const seed = Number(values.seed);
  say(`Seed ${seed}.`);
  const results = await playMatrix(platform, {
    models,
    candid: CANDID,
    wanted,
    seed,
    ...(values.sample ? { sample: Number(values.sample) } : {}),
    onResult: (result, count, of) => {
      appendFileSync(resultsFile, `${JSON.stringify(result)}\n`);
      say(`${count}/${of} ${lineOf(result)}`);
    },
  });
  const all = [...before, ...results];
  const failed = all.filter(({ outcome }) => outcome === 'failed');
  say(`\n${tableOf(all, 'row')}\n\n${tableOf(all, 'fault')}\n`);
  for (const result of failed) say(lineOf(result));
  say(`${all.length} scenarios, ${failed.length} failed. Seed ${seed}.`);
  return failed.length === 0 ? 0 : 1;
}

async function list(platform: Awaited<ReturnType<typeof openPlatform>>, wanted: (id: string) => boolean) {
  const [model] = slotNames(1);
  const [slot, candid] = [await Slot.open(platform, model!), await Slot.open(platform, CANDID)];
  const scenarios = [...scenariosOf(slot), ...candidScenariosOf(candid)].filter(({ id }) => wanted(id));
  for (const { id, way } of scenarios) say(`${id} (${way})`);
  say(
    `${scenarios.length} scenarios. Handlers that none comes to: ${unplayedHandlers([...slot.parts.handlers, ...platform.handlers]).join('; ') || 'none'}.`,
  );
  return 0;
}

main().then(
  (status) => process.exit(status),
  (error: Error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exit(1);
  },
);
