import { sep } from 'node:path';
import type { SandboxInfo, StartOptions } from 'cdk-mlops-sandbox';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Context } from '../context';
import { CommandError } from '../errors';
import { EXIT } from '../exit-codes';
import { fields } from '../format';
import { keyValue } from '../options';
import type { Action } from '../program';
import { SHELLS, type Shell, shellLines } from '../sandbox/shell';
import { listText, statusText } from '../sandbox/status';
import { registerSandboxLogs } from './sandbox-logs';
import { registerReadBack } from './sandbox-readback';

interface SandboxFlags {
  readonly name?: string;
}

interface StartFlags extends SandboxFlags {
  readonly port?: number;
  readonly fresh?: boolean;
  readonly image?: Record<string, string>;
  readonly iam?: StartOptions['iam'];
  readonly limit?: Record<string, number>;
}

const IAM_MODES = ['enforce', 'record', 'off'];

function port(value: string): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || number > 65535) throw new InvalidArgumentError('A port is a number from 0 to 65535.');
  return number;
}

function limit(value: string, before: Record<string, number> = {}): Record<string, number> {
  const [, quota, number] = /^(.+?)=(\d+)$/.exec(value) ?? [];
  if (!quota) throw new InvalidArgumentError("It must look like 'ml.m5.large for training job usage=2'.");
  return { ...before, [quota]: Number(number) };
}

export function registerSandbox(program: Command, action: Action): void {
  const sandbox = program.command('sandbox').description('AWS on this machine, for this project');
  const add = (verb: string, description: string) =>
    sandbox.command(verb).description(description).option('--name <name>', 'tells apart the sandboxes of one project');
  add('start', 'start it, or find it running')
    .option('--port <port>', 'port of its endpoint; another one where it is taken', port)
    .option('--fresh', 'forget the state of earlier runs')
    .option('--image <prefix=runtime>', 'run images that begin so on a local runtime; may be repeated', keyValue)
    .addOption(new Option('--iam <mode>', 'whether policies hold for roles (default: enforce)').choices(IAM_MODES))
    .option('--limit <quota=number>', 'an account limit of SageMaker by the name of its service quota; repeat', limit)
    .action(action(start));
  add('stop', 'stop it and keep its state').action(action(stop));
  add('status', 'whether it runs, where, with which processes and how much memory').action(action(status));
  add('env', 'the lines by which a shell, and all AWS SDKs in it, work in the sandbox')
    .addOption(new Option('--shell <shell>', 'whose syntax').choices(SHELLS).default('sh'))
    .action(action(env));
  registerSandboxLogs(sandbox, action);
  sandbox.command('list').description("this user's sandboxes on this machine").action(action(list));
  registerReadBack(sandbox, action);
  add('reset', 'stop it and delete its state').action(action(reset));
  add('interrupt <job>', 'take the instances of a managed spot training job away, as AWS may').action(
    action(interrupt),
  );
}

async function start(context: Context, flags: StartFlags): Promise<void> {
  const { out, host } = context;
  const { name, port: wanted, fresh, image, iam, limit: limits } = flags;
  const info = await host.sandbox.startSandbox({
    ...(name ? { name } : {}),
    ...(wanted === undefined ? {} : { port: wanted }),
    ...(fresh ? { fresh } : {}),
    ...(image ? { images: image } : {}),
    ...(iam ? { iam } : {}),
    ...(limits ? { limits } : {}),
    log: (line) => out.info(line),
    progress: ({ step, done, total }) => out.transient(total ? `${step}: ${done}/${total}` : step),
  });
  out.result(info, () => `${infoText(info)}\n\nStop it with: mlops sandbox stop${name ? ` --name ${name}` : ''}`);
}

function infoText({ endpoint, region, accountId, pid, stateDir }: SandboxInfo): string {
  return fields([
    ['endpoint', endpoint],
    ['region', region],
    ['account', accountId],
    ['process', pid],
    ['state', stateDir],
  ]);
}

const selector = ({ name }: SandboxFlags) => (name ? { name } : {});

async function stop(context: Context, flags: SandboxFlags): Promise<void> {
  const stopped = await context.host.sandbox.stopSandbox(selector(flags));
  context.out.result({ stopped }, () =>
    stopped ? 'The sandbox is stopped; its state is kept.' : 'No sandbox was running.',
  );
}

async function interrupt(context: Context, job: string, flags: SandboxFlags): Promise<void> {
  await context.host.sandbox.interruptJob(job, selector(flags));
  context.out.result({ interrupted: job }, () => `${job} is interrupted: it begins anew with its checkpoints.`);
}

async function status(context: Context, flags: SandboxFlags): Promise<void> {
  const found = await context.host.sandbox.sandboxStatus(selector(flags));
  context.out.result(found, () => statusText(found));
}

async function env(context: Context, { shell, ...flags }: SandboxFlags & { readonly shell: Shell }): Promise<void> {
  const { out, host } = context;
  const { running, endpoint, region, accountId, stateDir } = await host.sandbox.sandboxStatus(selector(flags));
  if (!running || !endpoint || !region || !accountId) {
    throw new CommandError(`No sandbox runs for this project (${stateDir}).`, {
      exitCode: EXIT.unreachable,
      hint: 'Start it with: mlops sandbox start',
    });
  }
  const variables = host.sandbox.sandboxEnv({ endpoint, region, accountId });
  const document = Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, value ?? null]));
  out.result(document, () => shellLines(shell, variables, host.env).join('\n'));
}

async function list({ out, host }: Context): Promise<void> {
  const sandboxes = await host.sandbox.listSandboxes();
  out.result(sandboxes, () =>
    listText(sandboxes, (stateDir) => host.cwd.startsWith(stateDir.split(`${sep}.mlops${sep}`)[0]!)),
  );
}

async function reset(context: Context, flags: SandboxFlags): Promise<void> {
  await context.host.sandbox.resetSandbox(selector(flags));
  context.out.result({ reset: true }, () => 'The sandbox is stopped and its state deleted.');
}
