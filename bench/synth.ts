import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildLambdas } from '../scripts/build-lambdas';
import { type Figure, interleaved, seconds } from './figure';
import { inWorkspace, ROOT } from './workspace';

const ROUNDS = 5;
const TARGET_S = 3;
const EMPTY_APP =
  "import { App, Stack } from 'aws-cdk-lib';\nconst app = new App();\nnew Stack(app, 'Empty');\napp.synth();\n";

/** Runs a CDK app as its cdk.json does: Node with tsx. */
export async function synthesize(app: string, out: string, context: object = {}): Promise<void> {
  await promisify(execFile)(process.execPath, ['--import', 'tsx', app], {
    cwd: ROOT,
    env: { ...process.env, CDK_OUTDIR: out, CDK_CONTEXT_JSON: JSON.stringify(context) },
  });
}

/** Synthesis of the platform and one model, beside the one of an app with an empty stack. */
export async function synth(): Promise<Figure[]> {
  await buildLambdas();
  return inWorkspace(async (folder) => {
    const empty = join(folder, 'empty-app.ts');
    writeFileSync(empty, EMPTY_APP);
    const app = join(ROOT, 'bin/app.ts');
    const samples = await interleaved(ROUNDS, {
      ours: () => seconds(() => synthesize(app, join(folder, 'ours'))),
      empty: () => seconds(() => synthesize(empty, join(folder, 'empty'))),
    });
    const peer = { name: 'empty app', samples: samples.empty };
    return [{ name: 'synth: platform and a model', unit: 's', samples: samples.ours, target: TARGET_S, peer }];
  });
}
