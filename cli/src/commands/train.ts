import { resolve } from 'node:path';
import type { Command } from 'commander';
import { formatMetric } from '../../../core/report';
import type { RunRecord } from '../../../lib/registry/contract';
import type { Context } from '../context';
import { exitCodeOf } from '../exit-codes';
import { money, shortDigest } from '../format';
import { keyValue, name, seconds, wholeNumber } from '../options';
import type { Action } from '../program';
import { commitOf } from '../runs/compare';
import { watchRun } from '../runs/watch';
import type { Session } from '../session';
import { uploadSource } from '../source/upload';

interface TrainFlags {
  readonly source?: string;
  readonly dataVersion?: number;
  readonly param?: Record<string, string>;
  readonly reason?: string;
  readonly follow: boolean;
  readonly timeout?: number;
}

export function registerTrain(program: Command, action: Action): void {
  program
    .command('train')
    .description('start a training run')
    .argument('<model>', 'name of the model', name)
    .option('--source <dir>', "train with this folder's code instead of the stack's")
    .option('--data-version <n>', 'version of the dataset (default: the latest)', wholeNumber)
    .option('--param <name=value>', 'hyperparameter; may be given several times', keyValue)
    .option('--reason <text>', 'why this run')
    .option('--follow', 'watch until it has ended (default)', true)
    .option('--no-follow', 'only start it')
    .option('--timeout <seconds>', 'stop watching after this; the run goes on', seconds)
    .action(action(train));
}

async function train(context: Context, model: string, flags: TrainFlags): Promise<void> {
  const { out, host } = context;
  const session = await context.session();
  await session.model(model);
  const started = await startRun(context, session, model, { ...flags, ...sourceOf(flags, host.cwd) });
  out.info(`Run ${started.runId}`);
  if (!flags.follow) {
    return out.result(
      started,
      () => `${started.runId} ${started.status}\nWatch it with: mlops runs show ${started.runId} --follow`,
    );
  }
  const run = await watchRun(session, out, started.runId, flags.timeout ? { timeoutMs: flags.timeout * 1000 } : {});
  context.exitCode = exitCodeOf(run.status);
  out.result(run, () => runSummary(run));
}

const sourceOf = ({ source }: TrainFlags, cwd: string) =>
  source === undefined ? {} : { source: resolve(cwd, source) };

export interface StartRunOptions {
  readonly source?: string;
  readonly dataVersion?: number;
  readonly param?: Record<string, string>;
  readonly reason?: string;
}

/** Uploads the source where one is given, and asks for a run. */
export async function startRun(
  { out }: Pick<Context, 'out'>,
  session: Session,
  model: string,
  options: StartRunOptions,
): Promise<RunRecord> {
  const registry = await session.registry();
  let source: Awaited<ReturnType<typeof uploadSource>>['source'] | undefined;
  if (options.source !== undefined) {
    const { bucket } = await session.platform();
    const uploaded = await uploadSource(await session.s3(), bucket, options.source);
    source = uploaded.source;
    const state = commitOf(source);
    out.info(
      `Source ${shortDigest(source.sha256)}${state ? `, commit ${state}` : ''}${uploaded.stored ? '' : ', there already'}`,
    );
  }
  return registry.startRun(model, {
    ...(options.dataVersion ? { datasetVersion: options.dataVersion } : {}),
    ...(options.param ? { parameters: options.param } : {}),
    ...(source ? { source } : {}),
    ...(options.reason ? { reason: options.reason } : {}),
  });
}

/** How a run ended, in a few lines. */
export function runSummary(run: RunRecord): string {
  const metrics = Object.entries(run.metrics ?? {}).map(([metric, value]) => `${metric} ${formatMetric(value)}`);
  return [
    `${run.runId} ${run.status}${run.version ? `: ${run.model} version ${run.version}` : ''}`,
    ...(run.reason ? [run.reason] : []),
    ...(metrics.length > 0 ? [metrics.join(', ')] : []),
    ...(run.costUsd === undefined ? [] : [`Cost on AWS: ${money(run.costUsd)}`]),
    ...(run.status === 'FAILED' ? [`See its logs with: mlops runs logs ${run.runId}`] : []),
  ].join('\n');
}
