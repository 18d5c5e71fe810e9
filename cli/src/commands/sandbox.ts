import type { SandboxInfo, SandboxStatus, StartOptions } from 'cdk-mlops-sandbox';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { formatBytes } from '../../../core/report';
import type { Context } from '../context';
import { duration, fields } from '../format';
import type { Action } from '../program';
import { registerReadBack } from './sandbox-readback';

interface SandboxFlags {
  readonly name?: string;
  readonly port?: number;
  readonly fresh?: boolean;
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
    .addOption(new Option('--iam <mode>', 'whether policies hold for roles (default: enforce)').choices(IAM_MODES))
    .option('--limit <quota=number>', 'an account limit of SageMaker by the name of its service quota; repeat', limit)
    .action(action(start));
  add('stop', 'stop it and keep its state').action(action(stop));
  add('status', 'whether it runs, and where').action(action(status));
  registerReadBack(sandbox, action);
  add('reset', 'stop it and delete its state').action(action(reset));
  add('interrupt <job>', 'take the instances of a managed spot training job away, as AWS may').action(
    action(interrupt),
  );
}

async function start(context: Context, flags: SandboxFlags): Promise<void> {
  const { out, host } = context;
  const { name, port: wanted, fresh, iam, limit: limits } = flags;
  const info = await host.sandbox.startSandbox({
    ...(name ? { name } : {}),
    ...(wanted === undefined ? {} : { port: wanted }),
    ...(fresh ? { fresh } : {}),
    ...(iam ? { iam } : {}),
    ...(limits ? { limits } : {}),
    log: (line) => out.info(line),
    progress: ({ step, done, total }) => out.transient(total ? `${step}: ${done}/${total}` : step),
  });
  out.result(info, () => `${infoText(info)}\n\nStop it with: mlops sandbox stop`);
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

function statusText(status: SandboxStatus): string {
  const { running, endpoint, region, accountId, pid, stateDir, memory, uptimeSeconds } = status;
  if (!running) return `No sandbox runs for this project (${stateDir}). Start it with: mlops sandbox start`;
  return fields([
    ['endpoint', endpoint],
    ['region', region],
    ['account', accountId],
    ['process', pid],
    ['state', stateDir],
    ['memory', memory ? formatBytes(memory.daemon + memory.miniStack) : undefined],
    ['up for', uptimeSeconds === undefined ? undefined : duration(uptimeSeconds)],
  ]);
}

async function reset(context: Context, flags: SandboxFlags): Promise<void> {
  await context.host.sandbox.resetSandbox(selector(flags));
  context.out.result({ reset: true }, () => 'The sandbox is stopped and its state deleted.');
}
