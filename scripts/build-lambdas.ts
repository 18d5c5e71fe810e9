/**
 * Bundles every handler in one call into dist/lambdas/<capability>-<verb>/index.mjs, for Code.fromAsset. The SDK is
 * included, so that what was tested is what runs.
 */
import { readdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { build } from 'esbuild';
import { slimSdk } from './slim-sdk';

const root = join(__dirname, '..');
const bundles = join(root, 'dist/lambdas');

const handlerName = (file: string): string => `${basename(dirname(file))}-${basename(file, '.lambda.ts')}`;

export const buildLambdas = async (outdir = bundles): Promise<{ name: string; bytes: number }[]> => {
  const files = listHandlers();
  await build({
    entryPoints: files.map((file) => ({ in: join(root, file), out: `${handlerName(file)}/index` })),
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'esm',
    minify: true,
    mainFields: ['module', 'main'],
    alias: { '@aws-sdk/credential-provider-node': join(root, 'lambdas/shared/lambda-credentials.ts') },
    plugins: [slimSdk],
    banner: { js: "import{createRequire}from'module';const require=createRequire(import.meta.url);" },
    legalComments: 'none',
    logLevel: 'warning',
  });
  removeStale(outdir, files.map(handlerName));
  return files.map((file) => {
    const name = handlerName(file);
    return { name, bytes: statSync(join(outdir, name, 'index.mjs')).size };
  });
};

/** A handler that was renamed must not live on; the others stay in place, for whoever reads them meanwhile. */
function removeStale(outdir: string, names: readonly string[]): void {
  for (const name of readdirSync(outdir)) {
    if (!names.includes(name)) rmSync(join(outdir, name), { recursive: true, force: true });
  }
}

function listHandlers(): string[] {
  return readdirSync(join(root, 'lambdas'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.lambda.ts'))
    .map((file) => join('lambdas', file))
    .sort();
}

if (require.main === module) {
  buildLambdas().then((built) => {
    const largest = built.reduce((a, b) => Math.max(a, b.bytes), 0);
    process.stdout.write(`Bundled ${built.length} handlers; the largest has ${Math.ceil(largest / 1024)} KB.\n`);
  });
}
