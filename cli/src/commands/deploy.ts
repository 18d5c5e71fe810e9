import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Context } from '../context';
import { deploy } from '../deploy/deploy';
import { duration, plural } from '../format';
import { keyValue } from '../options';
import type { Action } from '../program';

interface DeployFlags {
  readonly app?: string;
  readonly directory?: string;
  readonly context?: Record<string, string>;
}

export function registerDeploy(program: Command, action: Action): void {
  program
    .command('deploy')
    .description("deploy the CDK app's stacks, and bootstrap the account first where it needs it")
    .argument('[stacks...]', 'stacks to deploy (default: all)')
    .option('--app <command>', "command that runs the app (default: cdk.json's)")
    .option('-C, --directory <dir>', 'folder that holds cdk.json (default: this one)')
    .option('-c, --context <key=value>', 'context of the app; may be given several times', keyValue)
    .action(action(run));
}

async function run(
  context: Context,
  stacks: string[],
  { app, directory, context: values }: DeployFlags,
): Promise<void> {
  const { host, out } = context;
  const session = await context.session();
  const deployment = await deploy(session, out, {
    cwd: resolve(host.cwd, directory ?? '.'),
    env: host.env,
    stacks,
    ...(app ? { app } : {}),
    ...(values ? { context: values } : {}),
  });
  out.result(
    deployment,
    () => `${plural(deployment.stacks.length, 'stack')} up to date in ${duration(deployment.seconds)}`,
  );
}
