/**
 * `npm run check:python`, after a build: builds the Python wheel, installs it with its peers' oldest versions into an
 * environment of its own, and runs the Python app of test/package/python, which synthesizes a platform and a model.
 */
import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findPython } from '../sandbox/src/python-interpreter';
import { emptyFolder, FLOOR, root, runOrThrow } from './packed';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

function buildWheel(folder: string): string {
  runOrThrow('npx', ['jsii-pacmak', '--targets', 'python', '--outdir', folder], root);
  const wheel = readdirSync(join(folder, 'python')).find((file) => file.endsWith('.whl'));
  if (!wheel) throw new Error(`jsii-pacmak left no wheel in ${folder}/python.`);
  return join(folder, 'python', wheel);
}

async function createEnvironment(folder: string, wheel: string): Promise<string> {
  const { executable } = await findPython();
  runOrThrow(executable, ['-m', 'venv', join(folder, 'venv')], folder);
  const python = join(folder, 'venv', 'bin', 'python');
  const peers = Object.entries(FLOOR).map(([name, version]) => `${name}==${version}`);
  runOrThrow(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', wheel, ...peers], folder);
  return python;
}

function synthesize(folder: string, python: string): void {
  cpSync(join(root, 'test/package/python'), folder, { recursive: true });
  cpSync(join(root, 'cli/templates/src'), join(folder, 'src'), { recursive: true });
  const out = join(folder, 'cdk.out');
  runOrThrow(python, ['app.py'], folder, { CDK_OUTDIR: out });
  for (const name of ['Platform', 'Credit']) {
    const file = join(out, `${name}.template.json`);
    if (!existsSync(file)) throw new Error(`The Python app synthesized no stack ${name}.`);
    say(`${name}: ${Object.keys(JSON.parse(readFileSync(file, 'utf8')).Resources).length} resources`);
  }
}

async function main(): Promise<void> {
  const folder = emptyFolder('cdk-mlops-python');
  try {
    const wheel = buildWheel(folder);
    say('The wheel is built.');
    const python = await createEnvironment(folder, wheel);
    say(`It installs beside aws-cdk-lib ${FLOOR['aws-cdk-lib']}.`);
    synthesize(folder, python);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
