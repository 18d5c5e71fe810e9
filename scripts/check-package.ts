/**
 * `npm run check:package`, after a build: the tarball holds what the library needs and nothing else, and a TypeScript
 * project in an empty folder that installs it compiles and synthesizes.
 */
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { emptyFolder, FLOOR, pack, root, runOrThrow } from './packed';

const ALLOWED = /^(dist\/lib\/|dist\/lambdas\/|\.jsii$|API\.md$|LICENSE$|NOTICE$|README\.md$|package\.json$)/;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** What must be in the package: its fixed files, every handler's bundle, every script that the constructs upload. */
function expectedFiles(): string[] {
  const sources = (folder: string): string[] =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file));
  const handlers = sources('lambdas').flatMap(
    (file) => /([^/]+)\/([^/]+)\.lambda\.ts$/.exec(file)?.slice(1).join('-') ?? [],
  );
  const scripts = sources('lib').filter((file) => /\/scripts\/.*\.py$/.test(file));
  return [
    ...['.jsii', 'API.md', 'LICENSE', 'NOTICE', 'README.md', 'dist/lib/index.js', 'dist/lib/index.d.ts'],
    ...handlers.map((name) => `dist/lambdas/${name}/index.mjs`),
    ...scripts.map((file) => `dist/${file}`),
  ];
}

function checkFiles(files: readonly string[]): void {
  const missing = expectedFiles().filter((file) => !files.includes(file));
  const strange = files.filter((file) => !ALLOWED.test(file) || /__pycache__|\.tsbuildinfo$/.test(file));
  if (missing.length > 0) throw new Error(`The package lacks ${missing.join(', ')}. Was 'npm run build' run?`);
  if (strange.length > 0) throw new Error(`The package holds what it should not: ${strange.join(', ')}.`);
  say(`The package holds ${files.length} files, none too many.`);
}

/** The project that `mlops init` writes, in a folder in which nothing of the checkout is found. */
function checkProject(folder: string, tarball: string): void {
  cpSync(join(root, 'cli/templates'), folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'project', private: true }));
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const tools = ['typescript', 'tsx', '@types/node'].map((name) => `${name}@${devDependencies[name]}`);
  const peers = Object.entries(FLOOR).map(([name, version]) => `${name}@${version}`);
  const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--no-package-lock'];
  runOrThrow('npm', ['install', ...flags, tarball, ...peers, ...tools], folder);
  say('A project in an empty folder installs it.');
  runOrThrow('npx', ['tsc', '--noEmit', '-p', '.'], folder);
  say('Its program compiles.');
  runOrThrow('node', ['--import', 'tsx', 'app.ts'], folder, { CDK_OUTDIR: join(folder, 'cdk.out') });
  const templates = readdirSync(join(folder, 'cdk.out')).filter((file) => file.endsWith('.template.json'));
  if (templates.length !== 2) throw new Error(`The project synthesized ${templates.length} templates instead of 2.`);
  say('Its program synthesizes a platform and a model.');
}

const folder = emptyFolder('cdk-mlops-package');
try {
  const { tarball, files } = pack(folder);
  checkFiles(files);
  checkProject(folder, tarball);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
