import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { deploy } from '../../cli/src/deploy/deploy';
import { CommandError } from '../../cli/src/errors';
import type { Output } from '../../cli/src/output';
import { Session } from '../../cli/src/session';
import { applyTarget } from '../../cli/src/target';
import { ensurePython, type PythonProgress, type SandboxInfo, sandboxEnv, startSandbox } from '../../sandbox/src/index';
import { buildLambdas } from '../build-lambdas';
import { buildTools } from '../build-tools';
import { stage } from './stage';

export const ROOT = join(__dirname, '../..');
export const EXAMPLE = join(ROOT, 'examples/healthcare');

export interface Running {
  readonly session: Session;
  readonly sandbox: SandboxInfo;
  /** The sandbox's Python. */
  readonly python: string;
}

/** Bundles what the templates and the command need, and starts the sandbox. */
export async function bringUp(out: Output, fresh: boolean): Promise<Running> {
  await stage(out, 'Handlers and command bundled', () => Promise.all([buildLambdas(), buildTools()]));
  const progress = ({ step, done, total }: PythonProgress) =>
    out.transient(`  ${step}${total ? ` ${done}/${total}` : ''}`);
  const { python } = await stage(out, 'Python environment', () => ensurePython({ progress }));
  const sandbox = await stage(out, 'Sandbox', () =>
    startSandbox({ stateDir: join(ROOT, '.mlops/sandbox'), fresh, progress, log: (line) => out.info(`  ${line}`) }),
  );
  const { endpoint } = sandbox;
  const target = { kind: 'sandbox', endpoint, description: 'the sandbox', env: sandboxEnv(sandbox) } as const;
  applyTarget(target);
  return { session: new Session(target), sandbox, python };
}

/** The real CDK command line against the sandbox: bootstrap, platform and model. */
export async function deployExample(out: Output, session: Session, example = EXAMPLE): Promise<void> {
  await stage(out, 'Deployed', () => deploy(session, out, { cwd: example, env: process.env }));
}

/** Writes an example's data as a CSV file. */
export async function writeData(python: string, example = EXAMPLE, name = 'healthcare/breast-cancer.csv') {
  const file = join(ROOT, '.mlops', name);
  mkdirSync(dirname(file), { recursive: true });
  try {
    await promisify(execFile)(python, [join(example, 'data.py'), file]);
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    throw new CommandError(`The example's data could not be written: ${stderr.trim().split('\n').at(-1)}`, {
      cause: error,
    });
  }
  return file;
}
