import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  resetSandbox,
  type SandboxInfo,
  sandboxEnv,
  sandboxStatus,
  startSandbox,
  stopSandbox,
} from 'cdk-mlops-sandbox';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isAlive } from '../../sandbox/src/process';
import { clientConfig } from '../support/sandbox';
import { eventually } from './support/eventually';

let stateDir: string;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'launcher-'));
});
afterEach(async () => {
  await resetSandbox({ stateDir });
  rmSync(stateDir, { recursive: true, force: true });
});

const gone = (pid: number) => eventually(async () => (isAlive(pid) ? undefined : true));

it('takes another port than a busy one, says so, and is found again instead of started twice', async () => {
  const busy = createServer().listen(0, '127.0.0.1');
  await once(busy, 'listening');
  const { port } = busy.address() as { port: number };
  const said: string[] = [];
  const started = await startSandbox({ stateDir, port, log: (line) => said.push(line) });
  expect(started.endpoint).not.toContain(`:${port}`);
  expect(said.join()).toContain(`Port ${port} is taken`);
  expect(await startSandbox({ stateDir })).toEqual(started);
  busy.close();
});

it('keeps buckets and tables over a stop, and its port', async () => {
  const info = await startSandbox({ stateDir, port: 0 });
  const config = clientConfig({ ...info });
  await new S3Client(config).send(new CreateBucketCommand({ Bucket: 'kept' }));
  await new S3Client(config).send(new PutObjectCommand({ Bucket: 'kept', Key: 'k', Body: 'v' }));
  await new DynamoDBClient(config).send(
    new CreateTableCommand({
      TableName: 'kept',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    }),
  );
  expect(await stopSandbox({ stateDir })).toBe(true);
  expect((await sandboxStatus({ stateDir })).running).toBe(false);
  const again = await startSandbox({ stateDir });
  expect(again.endpoint).toBe(info.endpoint);
  const object = await new S3Client(config).send(new GetObjectCommand({ Bucket: 'kept', Key: 'k' }));
  expect(await object.Body?.transformToString()).toBe('v');
  expect((await new DynamoDBClient(config).send(new DescribeTableCommand({ TableName: 'kept' }))).Table).toBeDefined();
});

it('waits for its own last port while a predecessor that was killed still lets go of it', async () => {
  const { endpoint } = await startSandbox({ stateDir, port: 0 });
  await stopSandbox({ stateDir });
  const dying = createServer().listen(Number(new URL(endpoint).port), '127.0.0.1');
  await once(dying, 'listening');
  const again = startSandbox({ stateDir });
  setTimeout(() => dying.close(), 400);
  expect((await again).endpoint).toBe(endpoint);
});

it('stops what it started and nothing else', async () => {
  const bystander = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  await startSandbox({ stateDir, port: 0 });
  const { pids } = await sandboxStatus({ stateDir });
  await stopSandbox({ stateDir });
  // Killed, and a moment later also taken note of by their parent, which is this process.
  await Promise.all([gone(pids!.daemon), gone(pids!.miniStack)]);
  expect(isAlive(bystander.pid!)).toBe(true);
  bystander.kill();
});

it('does not take a stranger for itself, when the recorded process id is in use by another program', async () => {
  const { writeFileSync } = await import('node:fs');
  const record = { endpoint: 'http://127.0.0.1:1', processes: {} as Record<string, object> };
  const stranger = { pid: process.pid, startTime: 'long ago' };
  record.processes = { daemon: stranger, miniStack: stranger };
  writeFileSync(join(stateDir, 'sandbox.json'), JSON.stringify(record));
  expect(await stopSandbox({ stateDir })).toBe(false);
  expect(isAlive(process.pid)).toBe(true);
});

it('takes MiniStack down with the daemon, also when the daemon is killed', async () => {
  const { pid } = await startSandbox({ stateDir, port: 0 });
  const { pids } = await sandboxStatus({ stateDir });
  process.kill(pid, 'SIGKILL');
  await gone(pids!.miniStack);
  expect((await sandboxStatus({ stateDir })).running).toBe(false);
});

it('tells its status, and deletes its state on reset', async () => {
  const info: SandboxInfo = await startSandbox({ stateDir, port: 0, region: 'eu-west-1' });
  const status = await sandboxStatus({ stateDir });
  expect(status).toMatchObject({ ...info, running: true, region: 'eu-west-1', accountId: '000000000000' });
  expect(status.processes?.map(({ kind }) => kind)).toEqual(['daemon', 'ministack']);
  expect(status.totals?.memoryBytes).toBeGreaterThan(50_000_000);
  expect(readFileSync(join(stateDir, 'sandbox.log'), 'utf8')).toContain('ready at');
  await resetSandbox({ stateDir });
  expect(existsSync(stateDir)).toBe(false);
});

it("gives SDKs its endpoint and takes the host's profile away", async () => {
  process.env.AWS_ENDPOINT_URL_DYNAMODB = 'http://elsewhere';
  const env = sandboxEnv({ endpoint: 'http://127.0.0.1:4566', region: 'us-east-1', accountId: '000000000000' });
  delete process.env.AWS_ENDPOINT_URL_DYNAMODB;
  expect(env).toMatchObject({ AWS_ENDPOINT_URL: 'http://127.0.0.1:4566', AWS_REGION: 'us-east-1' });
  expect('AWS_PROFILE' in env && env.AWS_PROFILE).toBeUndefined();
  expect('AWS_ENDPOINT_URL_DYNAMODB' in env && env.AWS_ENDPOINT_URL_DYNAMODB).toBeUndefined();
});
