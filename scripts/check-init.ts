/**
 * `npx tsx scripts/check-init.ts`, after a build: begins a project in an empty folder by the packed command, installs it,
 * and deploys it into its own sandbox, where it trains a version. Nothing of the checkout is found from there.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { emptyFolder, root, runOrThrow } from './packed';

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const VERSION = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version as string;
const INSTALL = ['install', '--prefer-offline', '--no-audit', '--no-fund'];

/** Packs the library, the command and the sandbox. */
function packAll(folder: string): void {
  for (const built of ['dist/lib/index.js', 'cli/dist/mlops.mjs', 'sandbox/dist/index.mjs']) {
    if (!existsSync(join(root, built))) throw new Error(`${built} is missing: run 'npm run build' first.`);
  }
  const which = ['--workspaces', '--include-workspace-root', '--ignore-scripts'];
  runOrThrow('npm', ['pack', ...which, '--pack-destination', folder], root);
}

/** Runs the project's command, and reads its document. */
function mlops<T>(project: string, ...args: string[]): T {
  // A target or credentials of whoever runs this must not decide where the project is deployed.
  const env = { AWS_ENDPOINT_URL: undefined, AWS_PROFILE: undefined, MLOPS_PLATFORM: undefined };
  return JSON.parse(runOrThrow('npx', ['--no-install', 'mlops', '--json', ...args], project, env)) as T;
}

/** Rows that a model can learn from, by number, without chance. */
function rows(count: number): string {
  const lines = Array.from({ length: count }, (_, row) => {
    const label = row % 2;
    return `${label},${(label + ((row * 7) % 17) / 10).toFixed(2)},${((row * 5) % 13) / 10}`;
  });
  return `${['label,size,weight', ...lines].join('\n')}\n`;
}

function begin(folder: string): string {
  const [packed, project] = [join(folder, 'packed'), join(folder, 'churn')];
  for (const each of [packed, project]) mkdirSync(each);
  packAll(packed);
  const tarballs = ['cdk-mlops-cli', 'cdk-mlops-sandbox'].map((name) => join(packed, `${name}-${VERSION}.tgz`));
  writeFileSync(join(project, 'package.json'), '{}');
  runOrThrow('npm', [...INSTALL, ...tarballs], project);
  const { files } = mlops<{ files: string[] }>(project, 'init', '--from', packed);
  say(`The packed command begins a project of ${files.length} files.`);
  runOrThrow('npm', INSTALL, project);
  runOrThrow('npx', ['--no-install', 'tsc', '-p', '.'], project);
  say('It installs and compiles.');
  return project;
}

function live(project: string): void {
  const { endpoint } = mlops<{ endpoint: string }>(project, 'sandbox', 'start', '--port', '0');
  try {
    say(`Its sandbox runs at ${endpoint}.`);
    mlops(project, '--sandbox', 'deploy');
    say('Its app is deployed.');
    writeFileSync(join(project, 'rows.csv'), rows(200));
    mlops(project, '--sandbox', 'data', 'push', 'my-data', 'rows.csv');
    const run = mlops<{ status: string; version: number }>(project, '--sandbox', 'train', 'my-model');
    if (run.status !== 'SUCCEEDED') throw new Error(`The run ended as ${JSON.stringify(run)}.`);
    say(`A run registered version ${run.version}.`);
  } finally {
    mlops(project, 'sandbox', 'reset');
  }
}

const folder = emptyFolder('cdk-mlops-init');
try {
  live(begin(folder));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
