/**
 * Bundles the command into cli/dist and the sandbox's launcher and daemon into sandbox/dist, so that the packed packages
 * run on Node alone.
 */
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';

const root = join(__dirname, '..');

const common: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  splitting: true,
  // Error and class names decide how an error is explained.
  keepNames: true,
  mainFields: ['module', 'main'],
  outExtension: { '.js': '.mjs' },
  banner: {
    js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
  },
  legalComments: 'none',
  logLevel: 'warning',
};

export const buildTools = async (): Promise<void> => {
  for (const workspace of ['cli', 'sandbox']) rmSync(join(root, workspace, 'dist'), { recursive: true, force: true });
  await Promise.all([
    build({
      ...common,
      entryPoints: [{ in: join(root, 'cli/src/main.ts'), out: 'mlops' }],
      outdir: join(root, 'cli/dist'),
      chunkNames: 'parts/[name]-[hash]',
      // A package of its own, which finds its Python files beside its own bundle.
      plugins: [
        {
          name: 'sandbox-stays-outside',
          setup: ({ onResolve }) =>
            onResolve({ filter: /^cdk-mlops-sandbox$/ }, ({ path }) => ({ path, external: true })),
        },
      ],
    }),
    build({
      ...common,
      entryPoints: { index: join(root, 'sandbox/src/index.ts'), daemon: join(root, 'sandbox/src/daemon.ts') },
      outdir: join(root, 'sandbox/dist'),
    }),
  ]);
  // The Python workers of jobs and endpoints lie beside the module that starts them.
  cpSync(join(root, 'sandbox/src/sagemaker/runtimes'), join(root, 'sandbox/dist/runtimes'), {
    recursive: true,
    filter: (path) => !path.includes('__pycache__'),
  });
};

if (require.main === module) {
  buildTools().then(
    () => process.stdout.write('Bundled the command and the sandbox.\n'),
    (error: Error) => {
      process.stderr.write(`${error.message}\n`);
      process.exitCode = 1;
    },
  );
}
