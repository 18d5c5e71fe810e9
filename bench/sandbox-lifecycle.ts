import { execFile } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { DescribeEndpointCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { invoke } from '../cli/src/invoke';
import type { Output } from '../cli/src/output';
import type { Session } from '../cli/src/session';
import type { StepRecord } from '../lib/registry/contract';
import { goOn, MODEL, push } from '../scripts/start/lifecycle';
import { rowOf } from '../scripts/start/prediction';
import { type Figure, seconds } from './figure';
import { ROOT } from './workspace';

const ROUNDS = 3;
const TOTAL_S = 60;
const OURS_S = 10;

/** File in the workspace that holds one row as the endpoint takes it. */
export const requestFile = (folder: string): string => join(folder, 'row.csv');

/** Seconds of one way from pushed data to an answered prediction, and where they went. */
interface Round {
  readonly total: number;
  readonly push: number;
  /** From the jobs' own start to their end, by step. */
  readonly jobs: Readonly<Record<string, number>>;
  /** The endpoint was being created or updated: its serving process starts. */
  readonly serving: number;
  readonly prediction: number;
}

/**
 * The whole way from data to a prediction. The first round warms up (functions are loaded, the endpoint is created) and
 * is left out. Each round pushes the same rows under another file's name, which is another version with the same model.
 */
export async function measureLifecycle(
  session: Session,
  out: Output,
  { python, folder }: { readonly python: string; readonly folder: string },
): Promise<Figure[]> {
  const original = join(folder, 'data.csv');
  await promisify(execFile)(python, [join(ROOT, 'examples/healthcare/data.py'), original]);
  writeFileSync(requestFile(folder), `${rowOf(readFileSync(original, 'utf8'), '1')!.features}\n`);
  const rounds: Round[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const file = join(folder, `data-${round}.csv`);
    copyFileSync(original, file);
    rounds.push(await lifecycle(session, out, file, requestFile(folder)));
  }
  return figuresOf(rounds.slice(1));
}

async function lifecycle(session: Session, out: Output, file: string, request: string): Promise<Round> {
  const { endpointName } = await session.model(MODEL);
  const endpoint = new EndpointWatch(endpointName);
  const begun = performance.now();
  const data = await push(session, file);
  const pushed = (performance.now() - begun) / 1000;
  const version = await goOn(out, session, data);
  const body = readFileSync(request);
  const prediction = await seconds(() => invoke(session, { model: MODEL, body }));
  const total = (performance.now() - begun) / 1000;
  const serving = await endpoint.stop();
  const registry = await session.registry();
  const { runId } = await registry.modelVersion(MODEL, version);
  const { steps } = await registry.run(runId!);
  const jobs = steps.filter(({ jobArn }) => jobArn).map((step): [string, number] => [step.step, lasted(step)]);
  return { total, push: pushed, jobs: Object.fromEntries(jobs), serving, prediction };
}

const lasted = ({ startedAt, endedAt }: StepRecord): number =>
  startedAt && endedAt ? (Date.parse(endedAt) - Date.parse(startedAt)) / 1000 : 0;

/** Watches for how long an endpoint is being created or updated, to a fifth of a second. */
class EndpointWatch {
  private readonly client = new SageMakerClient({});
  private busy = 0;
  private stopped = false;
  private readonly watching: Promise<void>;

  constructor(private readonly endpointName: string) {
    this.watching = this.watch();
  }

  /** @returns seconds in which the endpoint was busy */
  async stop(): Promise<number> {
    this.stopped = true;
    await this.watching;
    return this.busy;
  }

  private async watch(): Promise<void> {
    let since = performance.now();
    while (!this.stopped) {
      const status = await this.status();
      const now = performance.now();
      if (status === 'Creating' || status === 'Updating') this.busy += (now - since) / 1000;
      since = now;
      await sleep(200);
    }
  }

  /** undefined while there is none. */
  private async status(): Promise<string | undefined> {
    try {
      return (await this.client.send(new DescribeEndpointCommand({ EndpointName: this.endpointName }))).EndpointStatus;
    } catch (error) {
      if (error instanceof Error && /could not find|not found/i.test(error.message)) return undefined;
      throw error;
    }
  }
}

function figuresOf(rounds: readonly Round[]): Figure[] {
  const part = (name: string, of: (round: Round) => number, target?: number): Figure => ({
    name: `push → prediction: ${name}`,
    unit: 's',
    samples: rounds.map(of),
    ...(target ? { target } : {}),
  });
  const jobsOf = ({ jobs }: Round): number => Object.values(jobs).reduce((sum, value) => sum + value, 0);
  const theirs = (round: Round): number => jobsOf(round) + round.serving;
  const names = [...new Set(rounds.flatMap(({ jobs }) => Object.keys(jobs)))];
  return [
    part('all, warm', ({ total }) => total, TOTAL_S),
    part('ours (all but job and serving processes)', (round) => round.total - theirs(round), OURS_S),
    part('  of ours: push until the version stands', ({ push: pushed }) => pushed),
    part('  of ours: the prediction', ({ prediction }) => prediction),
    part('job and serving processes', theirs),
    ...names.map((name) => part(`  of them: ${name}`, ({ jobs }) => jobs[name] ?? 0)),
    part('  of them: the endpoint starts to serve', ({ serving }) => serving),
  ];
}
