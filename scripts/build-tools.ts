/**
 * Bundles the command into cli/dist and the sandbox's launcher and daemon into sandbox/dist, so that the packed packages
 * run on Node alone.
 */
import { cpSync, rmSync, writeFileSync } from 'node:fs';
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

/** Of the SDK that AWS's runtime holds: what CDK's own handlers use, and what functions ask for most. */
const RUNTIME_CLIENTS = [
  'client-cloudwatch',
  'client-dynamodb',
  'client-ec2',
  'client-eventbridge',
  'client-iam',
  'client-kms',
  'client-lambda',
  'client-s3',
  'client-sagemaker',
  'client-sagemaker-runtime',
  'client-scheduler',
  'client-secrets-manager',
  'client-sfn',
  'client-sns',
  'client-sqs',
  'client-ssm',
  'client-sts',
  'credential-providers',
  'lib-dynamodb',
  'lib-storage',
  's3-request-presigner',
].map((name) => `@aws-sdk/${name}`);

/** What the sandbox offers to functions that leave the SDK to their runtime, as modules for `require`. */
const buildRuntimeClients = async (): Promise<void> => {
  const outdir = join(root, 'sandbox/dist/sdk');
  await build({
    entryPoints: RUNTIME_CLIENTS.map((name) => ({ in: name, out: `${name}/index` })),
    outdir,
    absWorkingDir: root,
    bundle: true,
    minify: true,
    keepNames: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    legalComments: 'none',
    logLevel: 'warning',
  });
  // The sandbox's own package says that its files are ES modules.
  for (const name of RUNTIME_CLIENTS) {
    writeFileSync(join(outdir, name, 'package.json'), JSON.stringify({ name, type: 'commonjs', main: 'index.js' }));
  }
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
    buildRuntimeClients(),
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
