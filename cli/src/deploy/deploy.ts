import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import { usageError } from '../errors';
import { duration } from '../format';
import type { Output } from '../output';
import type { Session } from '../session';
import { runCdk } from './cdk';
import { deployEvent } from './progress';

export interface DeployOptions {
  /** Folder that holds cdk.json. */
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Instead of cdk.json's `app`. */
  readonly app?: string;
  /** Stacks to deploy. @default - all */
  readonly stacks?: readonly string[];
  /** Context values, `key=value`. */
  readonly context?: Readonly<Record<string, string>>;
}

export interface DeployedStack {
  readonly stack: string;
  readonly changed: boolean;
  readonly seconds: number;
}

export interface Deployment {
  readonly bootstrapped: boolean;
  readonly stacks: readonly DeployedStack[];
  readonly seconds: number;
}

/** The bootstrap that the CDK's current templates ask for. */
const BOOTSTRAP_PARAMETER = '/cdk-bootstrap/hnb659fds/version';
export const MINIMUM_BOOTSTRAP = 6;

/** Version of the account's CDK bootstrap in this region; undefined where there is none. */
export async function bootstrapVersion(session: Session): Promise<number | undefined> {
  try {
    const { Parameter } = await (await session.ssm()).send(new GetParameterCommand({ Name: BOOTSTRAP_PARAMETER }));
    return Number(Parameter?.Value);
  } catch (error) {
    if (error instanceof Error && error.name === 'ParameterNotFound') return undefined;
    throw error;
  }
}

/** Bootstraps where that is needed, and deploys the app's stacks, with a line for each. */
export async function deploy(session: Session, out: Output, options: DeployOptions): Promise<Deployment> {
  if (!options.app && !existsSync(join(options.cwd, 'cdk.json'))) {
    throw usageError(
      `${options.cwd} holds no cdk.json.`,
      'Go to the folder of the CDK app, or give --app. A new project: mlops init',
    );
  }
  const begun = Date.now();
  const bootstrapped = await bootstrapIfNeeded(session, out, options);
  const stacks: DeployedStack[] = [];
  let since = Date.now();
  const { stacks: chosen = [], context = {}, app } = options;
  const args = [
    'deploy',
    ...(chosen.length > 0 ? chosen : ['--all']),
    ...['--require-approval', 'never', '--progress', 'events', '--no-notices'],
    ...(app ? ['--app', app] : []),
    ...Object.entries(context).flatMap(([key, value]) => ['--context', `${key}=${value}`]),
  ];
  await runCdk(args, {
    ...options,
    env: childEnv(session, options.env),
    onLine: (line) => {
      const event = deployEvent(line);
      if (event.kind === 'resource')
        out.transient(`  ${event.stack}: ${event.done}/${event.total} ${event.type} ${event.status}`);
      if (event.kind !== 'deployed') return;
      const seconds = (Date.now() - since) / 1000;
      since = Date.now();
      stacks.push({ stack: event.stack, changed: event.changed, seconds });
      out.info(
        `  ${out.color.green('✓')} ${event.stack} ${event.changed ? `deployed in ${duration(seconds)}` : 'unchanged'}`,
      );
    },
  });
  return { bootstrapped, stacks, seconds: (Date.now() - begun) / 1000 };
}

async function bootstrapIfNeeded(session: Session, out: Output, options: DeployOptions): Promise<boolean> {
  const version = await bootstrapVersion(session);
  if (version !== undefined && version >= MINIMUM_BOOTSTRAP) return false;
  const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts');
  const { Account } = await new STSClient({}).send(new GetCallerIdentityCommand({}));
  const environment = `aws://${Account}/${await session.region()}`;
  const begun = Date.now();
  out.transient(`  Bootstrapping ${environment}`);
  // Without the app, which need not be synthesized for this.
  await runCdk(['bootstrap', environment, '--app', '', '--no-notices'], {
    cwd: options.cwd,
    env: childEnv(session, options.env),
    onLine: () => {},
  });
  out.info(`  ${out.color.green('✓')} Bootstrapped ${environment} in ${duration((Date.now() - begun) / 1000)}`);
  return true;
}

/** The environment has the target's settings already; the sandbox is offline, so nothing calls home from there. */
function childEnv(session: Session, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const offline = session.target.kind === 'aws' ? {} : { CDK_DISABLE_CLI_TELEMETRY: 'true' };
  return { ...env, ...offline, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', FORCE_COLOR: '0' };
}
