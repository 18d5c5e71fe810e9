import type { Command } from 'commander';
import type { RunRecord, StepRecord } from '../../../lib/registry/contract';
import { RUN_STEPS, type RunPlan } from '../../../lib/training/contract';
import type { Context } from '../context';
import { notFound, usageError } from '../errors';
import { exitCodeOf } from '../exit-codes';
import { duration, fields, money, secondsBetween, shortDigest, table, time } from '../format';
import { name, seconds } from '../options';
import type { Action } from '../program';
import { commitOf, compareRuns } from '../runs/compare';
import { jobLogs, type LogLine, readLog } from '../runs/logs';
import { timeline } from '../runs/timeline';
import { statesOf, watchRun } from '../runs/watch';
import { registerNotes, runThing } from './notes';
import { runSummary } from './train';

export function registerRuns(program: Command, action: Action): void {
  const runs = program.command('runs').description('training runs');
  runs
    .command('ls')
    .description('runs of a model, or of all, newest first')
    .argument('[model]', 'name of the model', name)
    .action(action(list));
  runs
    .command('show')
    .description('a run: each state with its time and cost')
    .argument('<run>', 'id of the run')
    .option('--follow', 'watch until it has ended')
    .option('--timeout <seconds>', 'stop watching after this; the run goes on', seconds)
    .action(action(show));
  runs
    .command('logs')
    .description("what a run's jobs have logged")
    .argument('<run>', 'id of the run')
    .option('--step <step>', `one step only: ${['Preprocess', 'Train', 'Transform', 'TransformChampion'].join(', ')}`)
    .action(action(logs));
  runs.command('stop').description('stop a run').argument('<run>', 'id of the run').action(action(stop));
  runs
    .command('resume')
    .description('go on with a failed or stopped run, at its first step without a success')
    .argument('<run>', 'id of the run')
    .option('--follow', 'watch until it has ended (default)', true)
    .option('--no-follow', 'only start it')
    .action(action(resume));
  runs
    .command('compare')
    .description('two runs side by side')
    .argument('<a>', 'id of a run')
    .argument('<b>', 'id of another run')
    .option('--all', 'also what is the same')
    .action(action(compare));
  registerNotes(runs, action, ['<run>', 'id of the run'], runThing);
}

async function list(context: Context, model: string | undefined): Promise<void> {
  const registry = await (await context.session()).registry();
  const models = model ? [model] : (await registry.models()).map((record) => record.model);
  const runs = (await Promise.all(models.map((each) => registry.runs(each)))).flat();
  runs.sort((a, b) => (a.requestedAt < b.requestedAt ? 1 : -1));
  context.out.result(runs, () => runTable(runs));
}

function runTable(runs: readonly RunRecord[]): string {
  if (runs.length === 0) return 'No run yet. Start one with: mlops train <model>';
  return table(runs, [
    { title: 'RUN', value: ({ runId }) => runId },
    { title: 'STATUS', value: ({ status }) => status },
    { title: 'VERSION', value: ({ version }) => version, align: 'right' },
    { title: 'REQUESTED (UTC)', value: ({ requestedAt }) => time(requestedAt) },
    { title: 'TIME', value: (run) => duration(secondsBetween(run.startedAt, run.endedAt)), align: 'right' },
    { title: 'COST', value: ({ costUsd }) => money(costUsd), align: 'right' },
    { title: 'REASON', value: ({ reason, request }) => reason ?? request.reason ?? '' },
  ]);
}

interface FollowFlags {
  readonly follow?: boolean;
  readonly timeout?: number;
}

async function show(context: Context, runId: string, flags: FollowFlags): Promise<void> {
  const session = await context.session();
  if (flags.follow) return watch(context, runId, flags);
  const run = await (await session.registry()).run(runId);
  const rows = timeline(run, await statesOf(session, run), RUN_STEPS);
  context.out.result({ ...run, steps: rows }, () => `${runFields(run)}\n\n${stepTable(rows)}`);
}

async function watch(context: Context, runId: string, { timeout }: FollowFlags): Promise<void> {
  const session = await context.session();
  const run = await watchRun(session, context.out, runId, timeout ? { timeoutMs: timeout * 1000 } : {});
  context.exitCode = exitCodeOf(run.status);
  context.out.result(run, () => runSummary(run));
}

function runFields(run: RunRecord): string {
  const { request } = run;
  const parameters = Object.entries(request.parameters ?? {}).map(([key, value]) => `${key}=${value}`);
  return fields([
    ['run', run.runId],
    ['model', run.version ? `${run.model} version ${run.version}` : run.model],
    ['status', run.status],
    ['reason', run.reason],
    ['attempt', run.attempt > 1 ? run.attempt : undefined],
    ['data version', request.datasetVersion ?? 'latest'],
    ['source', request.source ? shortDigest(request.source.sha256) : "the stack's"],
    ['commit', commitOf(request.source)],
    ['parameters', parameters.join(' ')],
    ['requested', `${time(run.requestedAt)} UTC by ${run.requestedBy.id} (${request.trigger})`],
    ['why', request.reason],
    ['time', run.startedAt ? duration(secondsBetween(run.startedAt, run.endedAt)) : undefined],
    ['mlflow', trackedAs(run)],
    ['cost on AWS', run.costUsd === undefined ? undefined : money(run.costUsd)],
  ]);
}

/** The run of MLflow's to which its script logged. */
function trackedAs({ plan }: RunRecord): string | undefined {
  const { mlflow } = (plan as Partial<RunPlan> | undefined)?.context ?? {};
  return mlflow && `run ${mlflow.runId} of the experiment ${mlflow.experiment}`;
}

export function stepTable(rows: readonly StepRecord[]): string {
  if (rows.length === 0) return 'No step has begun.';
  return table(rows, [
    { title: 'STEP', value: ({ step }) => step },
    { title: 'STATUS', value: ({ status }) => status },
    { title: 'STARTED (UTC)', value: ({ startedAt }) => time(startedAt) },
    { title: 'TIME', value: (row) => duration(secondsBetween(row.startedAt, row.endedAt)), align: 'right' },
    { title: 'COST', value: ({ costUsd }) => money(costUsd), align: 'right' },
    { title: 'REASON', value: ({ reason }) => reason ?? '' },
  ]);
}

async function logs(context: Context, runId: string, { step }: { readonly step?: string }): Promise<void> {
  const session = await context.session();
  const run = await (await session.registry()).run(runId);
  const all = jobLogs(run);
  const chosen = step ? all.filter((log) => log.step.toLowerCase() === step.toLowerCase()) : all;
  if (step && chosen.length === 0) {
    const known = all.map((log) => log.step).join(', ') || 'none yet';
    throw notFound(`Run ${runId} has no job in step '${step}'.`, `Steps with jobs: ${known}.`);
  }
  const client = await session.logs();
  const lines = (await Promise.all(chosen.map((log) => readLog(client, log)))).flat();
  context.out.result(lines, () => logText(lines, chosen.length > 1));
}

function logText(lines: readonly LogLine[], withStep: boolean): string {
  if (lines.length === 0) return 'Nothing was logged yet.';
  return lines.map(({ step, message }) => (withStep ? `[${step}] ${message}` : message)).join('\n');
}

async function stop(context: Context, runId: string): Promise<void> {
  const run = await (await (await context.session()).registry()).stopRun(runId);
  context.out.result(run, () => `${run.runId} is asked to stop. Watch it with: mlops runs show ${run.runId} --follow`);
}

async function resume(context: Context, runId: string, flags: FollowFlags): Promise<void> {
  const run = await (await (await context.session()).registry()).resumeRun(runId);
  context.out.info(`Run ${run.runId}, attempt ${run.attempt}`);
  if (flags.follow) return watch(context, runId, flags);
  context.out.result(run, () => `${run.runId} ${run.status}, attempt ${run.attempt}`);
}

async function compare(context: Context, a: string, b: string, { all }: { readonly all?: boolean }): Promise<void> {
  if (a === b) throw usageError(`${a} can't be compared with itself: give two runs.`);
  const registry = await (await context.session()).registry();
  const rows = compareRuns(...(await Promise.all([registry.run(a), registry.run(b)])));
  const shown = all ? rows : rows.filter(({ same }) => !same);
  context.out.result({ a, b, rows }, () =>
    shown.length === 0
      ? 'The two runs do not differ.'
      : table(shown, [
          { title: '', value: (row) => row.name },
          { title: a, value: (row) => row.a, align: 'right' },
          { title: b, value: (row) => row.b, align: 'right' },
          { title: 'DIFFERENCE', value: ({ difference }) => (difference ? signed(difference) : ''), align: 'right' },
        ]),
  );
}

const signed = (value: number): string => `${value > 0 ? '+' : ''}${Number(value.toPrecision(3))}`;
