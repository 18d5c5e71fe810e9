import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { answer } from '../lambdas/mlflow/api';
import type { ArtifactBucket } from '../lambdas/mlflow/artifact-bucket';
import { DocumentStore } from '../lambdas/registry/store/documents';
import { Table } from '../lambdas/registry/store/table';
import { FakeTable } from './fake-table';
import type { Figure } from './figure';
import { inWorkspace, note } from './workspace';

/** Python of an environment with `mlflow==3.17.2`, for the peer; without it ours alone is measured. */
const PEER_PYTHON = process.env.MLFLOW_PYTHON;
const ROUNDS = 3;
const REQUESTS = 20;
/** Versions that the model has; growth is measured from the first to the second. */
const SIZES = [1_000, 10_000] as const;

type Ask = (method: string, path: string, fields: Record<string, unknown>) => Promise<Record<string, never>>;

/** One server: how to ask it, and how many milliseconds of CPU it has used. */
interface Server {
  readonly ask: Ask;
  readonly cpu: () => number;
}

interface Work {
  readonly model: string;
  readonly run: string;
}

const metricsOf = (round: number) =>
  Array.from({ length: 100 }, (_, i) => ({ key: `m${i}`, value: i / 7, timestamp: round, step: round }));

/** The requests of the issue, each on a model with many versions. */
const OPERATIONS: Readonly<Record<string, (server: Server, work: Work, i: number) => Promise<unknown>>> = {
  'create version': ({ ask }, { model }) =>
    ask('POST', 'model-versions/create', { name: model, source: 's3://bucket/model' }),
  'set alias': ({ ask }, { model }, i) =>
    ask('POST', 'registered-models/alias', { name: model, alias: 'best', version: String(1 + (i % 2)) }),
  'get by alias': ({ ask }, { model }) => ask('GET', 'registered-models/alias', { name: model, alias: 'best' }),
  'log_batch of 100 metrics': ({ ask }, { run }, i) =>
    ask('POST', 'runs/log-batch', { run_id: run, metrics: metricsOf(i) }),
  'get run': ({ ask }, { run }) => ask('GET', 'runs/get', { run_id: run }),
  'search a page of 100 versions': ({ ask }, { model }) =>
    ask('GET', 'model-versions/search', { filter: `name = '${model}'`, max_results: '100' }),
  'get registered model': ({ ask }, { model }) => ask('GET', 'registered-models/get', { name: model }),
};

async function prepare({ ask }: Server, versions: number): Promise<Work> {
  const model = `bench-${versions}`;
  await ask('POST', 'registered-models/create', { name: model });
  for (let i = 0; i < versions; i++)
    await ask('POST', 'model-versions/create', { name: model, source: 's3://bucket/model' });
  await ask('POST', 'registered-models/alias', { name: model, alias: 'best', version: '1' });
  const created = (await ask('POST', 'runs/create', { experiment_id: '0', start_time: 1 })) as unknown as {
    run: { info: { run_id: string } };
  };
  const run = created.run.info.run_id;
  await ask('POST', 'runs/log-batch', { run_id: run, metrics: metricsOf(0) });
  return { model, run };
}

async function measure(server: Server, work: Work, operation: string): Promise<number[]> {
  const act = OPERATIONS[operation]!;
  const samples: number[] = [];
  for (let round = -1; round < ROUNDS; round++) {
    const before = server.cpu();
    for (let i = 0; i < REQUESTS; i++) await act(server, work, 1 + i + (round + 1) * REQUESTS);
    if (round >= 0) samples.push((server.cpu() - before) / REQUESTS);
  }
  return samples;
}

/** CPU a request of the handler beside `mlflow server` on SQLite, what it consumes, and how both grow with versions. */
export async function mlflow(): Promise<Figure[]> {
  const table = new FakeTable();
  const ours = handlerOn(table);
  const works = await Promise.all([prepare(ours, SIZES[0]), prepare(ours, SIZES[1])]);
  const peer = await peerFigures();
  const figures: Figure[] = [];
  for (const operation of Object.keys(OPERATIONS)) {
    const [reads, writes] = [table.reads, table.writes];
    const [small, large] = [await measure(ours, works[0]!, operation), await measure(ours, works[1]!, operation)];
    const count = 2 * (ROUNDS + 1) * REQUESTS;
    note(
      `${operation}: ${((table.reads - reads) / count).toFixed(1)} read and ${((table.writes - writes) / count).toFixed(1)} write units`,
    );
    const beside = peer?.[operation];
    figures.push(
      {
        name: `MLflow: ${operation}, CPU, ${SIZES[0]} versions`,
        unit: 'ms',
        samples: small,
        ...(beside ? { peer: { name: 'mlflow server', samples: beside } } : {}),
      },
      {
        name: `MLflow: ${operation}, CPU, ${SIZES[1]} versions`,
        unit: 'ms',
        samples: large,
        peer: { name: `of ${SIZES[0]}`, samples: small },
      },
    );
  }
  return figures;
}

function handlerOn(table: FakeTable): Server {
  const client = new DynamoDBClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
    requestHandler: table.requestHandler as never,
  });
  const artifacts = {} as ArtifactBucket;
  const store = new DocumentStore(new Table(DynamoDBDocumentClient.from(client), 'bench', () => new Date()), artifacts);
  const authorizer = { iam: { userArn: 'arn:aws:iam::000000000000:user/bench' } };
  return {
    cpu: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1000;
    },
    ask: async (method, path, fields) => {
      const query = method === 'GET' ? new URLSearchParams(fields as Record<string, string>).toString() : '';
      const body = method === 'GET' ? {} : { body: JSON.stringify(fields) };
      const event = {
        rawPath: `/api/2.0/mlflow/${path}`,
        rawQueryString: query,
        ...body,
        requestContext: { http: { method }, authorizer },
      };
      const { statusCode, body: text } = await answer(event, { store, artifacts, artifactRoot: 's3://bucket' });
      if (statusCode !== 200) throw new Error(`${method} ${path}: ${text}`);
      return JSON.parse(text);
    },
  };
}

/** The same requests to MLflow's own server, one worker, SQLite. */
async function peerFigures(): Promise<Record<string, number[]> | undefined> {
  if (!PEER_PYTHON || !existsSync(PEER_PYTHON)) {
    note('no peer: set MLFLOW_PYTHON to a Python with mlflow==3.17.2');
    return undefined;
  }
  return inWorkspace(async (folder) => {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const args = ['-m', 'mlflow', 'server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1'];
    const child = spawn(PEER_PYTHON!, [...args, '--backend-store-uri', `sqlite:///${join(folder, 'mlflow.db')}`], {
      cwd: folder,
      stdio: 'ignore',
      detached: true,
    });
    try {
      const server = await peerOn(port, child.pid!);
      const work = await prepare(server, SIZES[0]);
      const figures: Record<string, number[]> = {};
      for (const operation of Object.keys(OPERATIONS)) figures[operation] = await measure(server, work, operation);
      return figures;
    } finally {
      process.kill(-child.pid!, 'SIGTERM');
    }
  });
}

async function peerOn(port: number, pid: number): Promise<Server> {
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; !(await fetch(`${url}/health`).catch(() => undefined))?.ok; tries++) {
    if (tries > 240) throw new Error('mlflow server did not start within two minutes.');
    await sleep(500);
  }
  const pids = spawnSync('ps', ['-eo', 'pid,pgid'], { encoding: 'utf8' })
    .stdout.split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([, group]) => group === pid)
    .map(([one]) => one!);
  return {
    cpu: () => pids.reduce((sum, one) => sum + cpuOf(one), 0),
    ask: (method, path, fields) => askPeer(url, method, path, fields),
  };
}

/** Milliseconds, from ticks of a hundredth of a second. */
function cpuOf(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return 0;
  }
}

async function askPeer(url: string, method: string, path: string, fields: Record<string, unknown>) {
  const query = method === 'GET' ? `?${new URLSearchParams(fields as Record<string, string>)}` : '';
  const body =
    method === 'GET' ? {} : { body: JSON.stringify(fields), headers: { 'content-type': 'application/json' } };
  const reply = await fetch(`${url}/api/2.0/mlflow/${path}${query}`, { method, ...body });
  if (!reply.ok) throw new Error(`${method} ${path}: ${await reply.text()}`);
  return (await reply.json()) as Record<string, never>;
}
