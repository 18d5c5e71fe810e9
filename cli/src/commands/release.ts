import type { Command } from 'commander';
import type { ReleaseRecord } from '../../../lib/registry/contract';
import type { Context } from '../context';
import { EXIT, exitCodeOf } from '../exit-codes';
import { name, seconds, wholeNumber } from '../options';
import type { Action } from '../program';
import { verdictLines } from '../runs/verdicts';
import { watchRelease } from '../runs/watch';

interface ReleaseFlags {
  readonly reason?: string;
  readonly follow: boolean;
  readonly timeout?: number;
}

export function registerRelease(program: Command, action: Action): void {
  program
    .command('release')
    .description('ask for the release of a version to its endpoint')
    .argument('<model>', 'name of the model', name)
    .argument('<version>', 'version number', wholeNumber)
    .option('--reason <text>', 'why this release')
    .option('--follow', 'watch until it has ended or waits for approval (default)', true)
    .option('--no-follow', 'only ask for it')
    .option('--timeout <seconds>', 'stop watching after this; the release goes on', seconds)
    .action(action(release));
}

async function release(context: Context, model: string, version: number, flags: ReleaseFlags): Promise<void> {
  const { out } = context;
  const session = await context.session();
  const asked = await (await session.registry()).requestRelease(model, version, flags.reason);
  out.info(`Release ${asked.releaseId}`);
  if (!flags.follow) return out.result(asked, () => `${asked.releaseId} ${asked.status}`);
  const timeout = flags.timeout ? { timeoutMs: flags.timeout * 1000 } : {};
  const record = await watchRelease(session, out, asked.releaseId, timeout);
  context.exitCode = record.status === 'WAITING_FOR_APPROVAL' ? EXIT.ok : exitCodeOf(record.status);
  out.result(record, () => releaseSummary(record));
}

/** How a release stands, in a few lines. */
export function releaseSummary(record: ReleaseRecord): string {
  const { model, version, status, reason } = record;
  return [
    ...verdictLines(record.verdicts ?? []),
    `${record.releaseId} ${status}${reason ? `: ${reason}` : ''}`,
    ...(status === 'WAITING_FOR_APPROVAL' ? [`Approve it with: mlops models approve ${model} ${version}`] : []),
    ...(status === 'SUCCEEDED' ? [`${model} version ${version} serves.`] : []),
  ].join('\n');
}
