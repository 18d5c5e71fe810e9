import type { Command } from 'commander';
import { formatMetric } from '../../../core/report';
import type { RunRecord } from '../../../lib/registry/contract';
import type { ReplayVerdict } from '../../../lib/training/contract';
import type { Context } from '../context';
import { EXIT, exitCodeOf } from '../exit-codes';
import { table } from '../format';
import { fraction, seconds } from '../options';
import type { Action } from '../program';
import { watchRun } from '../runs/watch';
import { runSummary } from './train';

interface ReplayFlags {
  readonly tolerance?: number;
  readonly reason?: string;
  readonly follow: boolean;
  readonly timeout?: number;
}

export function registerReplay(program: Command, action: Action): void {
  program
    .command('replay')
    .description('run again exactly what the record of a run says, and compare what comes out')
    .argument('<run>', 'id of a run that succeeded')
    .option('--tolerance <n>', 'the most by which a metric may differ (default: 0.001)', fraction)
    .option('--reason <text>', 'why this replay')
    .option('--follow', 'watch until it has ended (default)', true)
    .option('--no-follow', 'only start it')
    .option('--timeout <seconds>', 'stop watching after this; the replay goes on', seconds)
    .action(action(replay));
}

async function replay(context: Context, runId: string, flags: ReplayFlags): Promise<void> {
  const { out } = context;
  const session = await context.session();
  const { tolerance, reason } = flags;
  const started = await (await session.registry()).replay(runId, { tolerance, reason });
  out.info(`Run ${started.runId}`);
  if (!flags.follow) {
    return out.result(
      started,
      () => `${started.runId} ${started.status}\nSee it with: mlops runs show ${started.runId}`,
    );
  }
  const run = await watchRun(session, out, started.runId, flags.timeout ? { timeoutMs: flags.timeout * 1000 } : {});
  const verdict = verdictOf(run);
  context.exitCode = verdict?.verdict === 'different' ? EXIT.failed : exitCodeOf(run.status);
  out.result({ ...run, ...(verdict ? { replay: verdict } : {}) }, () =>
    verdict ? verdictText(run, verdict) : runSummary(run),
  );
}

/** How a replay came out, as its last step recorded it. */
export const verdictOf = ({ steps }: RunRecord): ReplayVerdict | undefined =>
  (
    steps.find(({ step, status }) => step === 'CompareReplay' && status === 'SUCCEEDED')?.output as
      | { readonly replay: ReplayVerdict }
      | undefined
  )?.replay;

export function verdictText({ request }: RunRecord, { verdict, sentence, metrics }: ReplayVerdict): string {
  const rows = table(Object.entries(metrics), [
    { title: 'METRIC', value: ([metric]) => metric },
    { title: 'ORIGINAL', value: ([, { original }]) => formatMetric(original), align: 'right' },
    { title: 'REPLAY', value: ([, { replay: now }]) => formatMetric(now), align: 'right' },
    { title: 'DIFFERS BY', value: ([, { by }]) => by, align: 'right' },
  ]);
  return `Replay of ${request.replayOf}: ${verdict.toUpperCase()}\n${sentence}\n\n${rows}`;
}
