import { join } from 'node:path';
import { deploy } from '../cli/src/deploy/deploy';
import { Output } from '../cli/src/output';
import { Session } from '../cli/src/session';
import { applyTarget } from '../cli/src/target';
import { resetSandbox, type SandboxInfo, sandboxEnv, startSandbox } from '../sandbox/src/index';
import { buildLambdas } from '../scripts/build-lambdas';
import type { Figure } from './figure';
import { measureFirstLine } from './sandbox-first-line';
import { measureInvocations } from './sandbox-invoke';
import { measureLifecycle } from './sandbox-lifecycle';
import { measureQueue } from './sandbox-queue';
import { measureIdle } from './sandbox-starts';
import { inWorkspace, ROOT, sandboxPython } from './workspace';

const DEPLOY_S = 25;
const EXAMPLE = join(ROOT, 'examples/healthcare');

/** A session with a sandbox, as the command has one; the environment of this process points to it. */
function connect(sandbox: SandboxInfo): Session {
  const { endpoint } = sandbox;
  const target = { kind: 'sandbox', endpoint, description: 'the sandbox', env: sandboxEnv(sandbox) } as const;
  applyTarget(target);
  return new Session(target);
}

/** `cdk deploy` of platform and model, the synthesis in it, into an account that is bootstrapped. */
async function measureDeploy(session: Session, out: Output, folder: string): Promise<number> {
  const env = { ...process.env, CDK_OUTPUT: join(folder, 'cdk.out') };
  const { stacks } = await deploy(session, out, { cwd: EXAMPLE, env });
  return stacks.reduce((sum, stack) => sum + stack.seconds, 0);
}

/** The flows of a sandbox of its own, on a free port, removed afterwards. */
export async function sandbox(): Promise<Figure[]> {
  const python = await sandboxPython();
  await buildLambdas();
  const { stderr } = process;
  const out = new Output({
    stdout: stderr,
    stderr: { write: (text) => stderr.write(text) },
    json: false,
    color: false,
  });
  return inWorkspace(async (folder) => {
    const stateDir = join(folder, 'sandbox');
    try {
      const session = connect(await startSandbox({ stateDir, port: 0 }));
      const deployed = await measureDeploy(session, out, folder);
      const lifecycle = await measureLifecycle(session, out, { python, folder });
      return [
        { name: 'sandbox: cdk deploy of platform and a model', unit: 's', samples: [deployed], target: DEPLOY_S },
        ...lifecycle,
        ...(await measureInvocations(session, folder)),
        ...(await measureIdle(stateDir)),
      ];
    } finally {
      await resetSandbox({ stateDir });
    }
  });
}

/** Training jobs alone, in a sandbox of their own: nothing needs to be deployed. */
export async function jobs(): Promise<Figure[]> {
  const python = await sandboxPython();
  return inWorkspace(async (folder) => {
    const stateDir = join(folder, 'sandbox');
    try {
      const sandbox = await startSandbox({ stateDir, port: 0 });
      connect(sandbox);
      const firstLine = await measureFirstLine(python, folder);
      return [...firstLine, ...(await measureQueue(python, join(folder, 'first-line/train.py'), sandbox.pid))];
    } finally {
      await resetSandbox({ stateDir });
    }
  });
}
