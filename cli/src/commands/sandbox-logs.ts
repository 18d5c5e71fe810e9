import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { LOG_FILE, type SandboxStatus } from 'cdk-mlops-sandbox';
import { type Command, InvalidArgumentError } from 'commander';
import type { Context } from '../context';
import { CommandError, notFound, usageError } from '../errors';
import { EXIT } from '../exit-codes';
import type { Action } from '../program';
import { findLogs, type LogLine, logGroups, readLogs, Shown } from '../sandbox/logs';
import { linesSince, OwnLog } from '../sandbox/own-log';

interface LogsFlags {
  readonly name?: string;
  readonly follow?: boolean;
  readonly since?: number;
}

const POLL_MS = 500;
const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90s`, `10m`, `2h`, `1d`, or a time as ISO 8601; as milliseconds since 1970. */
export function sinceTime(value: string, now = Date.now()): number {
  const [, amount, unit] = /^(\d+)([smhd])$/.exec(value) ?? [];
  const time = amount && unit ? now - Number(amount) * UNITS[unit]! : Date.parse(value);
  if (Number.isNaN(time)) throw new InvalidArgumentError('It must look like 90s, 10m, 2h, 1d or 2026-01-31T12:30:00Z.');
  return time;
}

export function registerSandboxLogs(sandbox: Command, action: Action): void {
  sandbox
    .command('logs')
    .description('its own log, or what a job, an endpoint, a function or a log group has logged')
    .argument('[what]', 'name of a job, endpoint, function or log group')
    .option('--name <name>', 'tells apart the sandboxes of one project')
    .option('-f, --follow', 'go on showing lines as they come, until Ctrl-C')
    .option('--since <time>', 'no older lines: 90s, 10m, 2h, 1d or an ISO time', (value) => sinceTime(value))
    .action(action(logs));
}

async function logs(context: Context, what: string | undefined, flags: LogsFlags): Promise<void> {
  if (flags.follow && context.out.json) {
    throw usageError('--json writes one document, and --follow has no end.', 'Leave one of them away.');
  }
  const status = await context.host.sandbox.sandboxStatus(flags.name ? { name: flags.name } : {});
  if (what === undefined) return ownLog(context, status, flags);
  if (!status.running) {
    throw new CommandError(`No sandbox runs for this project (${status.stateDir}).`, {
      exitCode: EXIT.unreachable,
      hint: 'Its logs are kept; start it to read them: mlops sandbox start',
    });
  }
  const { endpoint, region } = status;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new CloudWatchLogsClient({ endpoint, region, credentials });
  const sources = await findLogs(client, what);
  if (sources.length === 0) throw await nothingNamed(client, what);
  await show(context, flags, (since) => readLogs(client, sources, since), sources.length > 1);
}

async function nothingNamed(client: CloudWatchLogsClient, what: string): Promise<CommandError> {
  const groups = await logGroups(client, what);
  const few = groups.slice(0, 10).join('\n  ');
  const more = groups.length > 10 ? `\n  and ${groups.length - 10} more` : '';
  return notFound(
    `Nothing has logged under the name ${what}.`,
    groups.length > 0 ? `Log groups:\n  ${few}${more}` : 'There are no logs yet.',
  );
}

async function show(
  { out, host }: Context,
  { follow, since = 0 }: LogsFlags,
  read: (since: number) => Promise<LogLine[]>,
  several: boolean,
): Promise<void> {
  const text = ({ time, group, message }: LogLine) =>
    `${new Date(time).toISOString()} ${several ? `${group} ` : ''}${message}`;
  const shown = new Shown();
  const first = shown.fresh(await read(since));
  out.result(first, () => first.map(text).join('\n'));
  while (follow) {
    await sleep(POLL_MS);
    for (const line of shown.fresh(await read(Math.max(since, shown.since)))) host.stdout.write(`${text(line)}\n`);
  }
}

async function ownLog({ out, host }: Context, { stateDir }: SandboxStatus, flags: LogsFlags): Promise<void> {
  const { follow, since = 0 } = flags;
  const log = new OwnLog(join(stateDir, LOG_FILE));
  const lines = linesSince(log.lines(), since);
  if (lines.length === 0 && !follow && since === 0) throw notFound(`There is no log in ${stateDir}.`);
  out.result(lines, () => lines.join('\n'));
  while (follow) {
    await sleep(POLL_MS);
    for (const line of log.lines()) host.stdout.write(`${line}\n`);
  }
}
