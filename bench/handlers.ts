import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { STORE_ENV } from '../lib/artifacts/contract';
import { REGISTRY_ENV } from '../lib/registry/contract';
import { RELEASE_ENV } from '../lib/release/contract';
import { TRAINING_ENV } from '../lib/training/contract';
import { buildLambdas } from '../scripts/build-lambdas';
import { type Figure, interleaved } from './figure';
import { inWorkspace, note, ROOT } from './workspace';

const ROUNDS = 7;
const LARGEST_KB = 400;
const COLD_MS = 75;

/** Handlers read their environment when they load; what is in it does not matter before they are invoked. */
const ENVIRONMENT = Object.fromEntries(
  [STORE_ENV, REGISTRY_ENV, RELEASE_ENV, TRAINING_ENV]
    .flatMap((names): string[] => Object.values(names))
    .map((name) => [name, 'bench']),
);

/** Milliseconds in which a new Node process imports a module; the start of Node itself is not in it. */
async function importTime(file: string): Promise<number> {
  const script =
    'const begun = performance.now();' +
    `await import(${JSON.stringify(pathToFileURL(file).href)});` +
    'console.log(performance.now() - begun); process.exit();';
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
    env: {
      PATH: process.env.PATH,
      AWS_REGION: 'us-east-1',
      AWS_LAMBDA_FUNCTION_NAME: 'bench',
      AWS_ACCESS_KEY_ID: 'bench',
      AWS_SECRET_ACCESS_KEY: 'bench',
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      ...ENVIRONMENT,
    },
  });
  return Number(stdout.trim().split('\n').at(-1));
}

/** Size of each handler bundle, and its cold import beside the one of an empty module. */
export async function handlers(): Promise<Figure[]> {
  const bundles = await buildLambdas();
  note(`${bundles.length} bundles, ${ROUNDS} fresh processes each`);
  return inWorkspace(async (folder) => {
    const empty = join(folder, 'empty.mjs');
    writeFileSync(empty, 'export const handler = async () => {};\n');
    const file = (name: string): string => join(ROOT, 'dist/lambdas', name, 'index.mjs');
    const ways = bundles.map(({ name }): [string, () => Promise<number>] => [name, () => importTime(file(name))]);
    const samples = await interleaved(ROUNDS, Object.fromEntries([...ways, ['empty', () => importTime(empty)]]));
    const peer = { name: 'empty module', samples: samples.empty! };
    return bundles.flatMap(({ name, bytes }): Figure[] => [
      { name: `${name}: bundle`, unit: 'KB', samples: [bytes / 1024], target: LARGEST_KB },
      { name: `${name}: cold import`, unit: 'ms', samples: samples[name]!, target: COLD_MS, peer },
    ]);
  });
}
