import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import * as sm from '@aws-sdk/client-sagemaker';
import { create } from 'tar';
import { resetSandbox, type SandboxInfo, startSandbox } from '../sandbox/src/index';
import { type Figure, interleaved } from './figure';
import { inWorkspace, sandboxPython } from './workspace';

const INVOCATIONS = 400;
const WARM_UP = 50;
const RATE_ROUNDS = 5;
const RATE_CALLS = 2_000;
const RATE_CALLERS = 8;
const ADDED_MS = 3;
const CLOCK_TICK_MS = 10;
/** 1,000 calls a second on one core. */
const DESCRIBE_MS = 1;
const NAME = 'bench';
const IMAGE = '683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3';
const INFERENCE =
  'def model_fn(folder):\n    return 1\ndef transform_fn(model, body, kind, accept):\n    return body, kind\n';
/** A server that does nothing but read a request and answer a constant, as large as a description. */
const BARE = `
const body = 'x'.repeat(Number(process.argv[1]));
require('http').createServer((request, answer) => {
  request.on('data', () => undefined);
  request.on('end', () => answer.writeHead(200, { 'content-length': body.length }).end(body));
}).listen(0, '127.0.0.1', function () { console.log(this.address().port); });`;
const AUTHORIZATION = 'AWS4-HMAC-SHA256 Credential=000000000000/20260101/us-east-1/sagemaker/aws4_request';

const agent = new Agent({ keepAlive: true, noDelay: true });

/** Milliseconds of one POST; rejects where it is not answered with 200. */
function post(port: number, path: string, headers: Record<string, string>, body: string): Promise<number> {
  const begun = performance.now();
  return new Promise((done, fail) => {
    const sent = request({ host: '127.0.0.1', port, path, method: 'POST', agent, headers }, (answer) => {
      answer.on('data', () => undefined);
      answer.on('end', () => {
        if (answer.statusCode === 200) done(performance.now() - begun);
        else fail(new Error(`${path} was answered with ${answer.statusCode}.`));
      });
    });
    sent.on('error', fail);
    sent.end(body);
  });
}

/** Brings an endpoint up that answers what it is sent, and gives the port of its process. */
async function bringUp({ endpoint, region }: SandboxInfo, client: sm.SageMakerClient, folder: string): Promise<number> {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  await mkdir(join(folder, 'model/code'), { recursive: true });
  await writeFile(join(folder, 'model/code/inference.py'), INFERENCE);
  await create({ gzip: true, file: join(folder, 'model.tar.gz'), cwd: join(folder, 'model') }, ['code']);
  await s3.send(new CreateBucketCommand({ Bucket: NAME }));
  const Body = await readFile(join(folder, 'model.tar.gz'));
  await s3.send(new PutObjectCommand({ Bucket: NAME, Key: 'model.tar.gz', Body }));
  const container = { Image: IMAGE, ModelDataUrl: `s3://${NAME}/model.tar.gz` };
  const ExecutionRoleArn = 'arn:aws:iam::000000000000:role/bench';
  await client.send(new sm.CreateModelCommand({ ModelName: NAME, ExecutionRoleArn, PrimaryContainer: container }));
  const variant = { VariantName: 'v', ModelName: NAME, InstanceType: 'ml.m5.large', InitialInstanceCount: 1 } as const;
  await client.send(new sm.CreateEndpointConfigCommand({ EndpointConfigName: NAME, ProductionVariants: [variant] }));
  await client.send(new sm.CreateEndpointCommand({ EndpointName: NAME, EndpointConfigName: NAME }));
  await sm.waitUntilEndpointInService({ client, maxWaitTime: 120, minDelay: 1, maxDelay: 1 }, { EndpointName: NAME });
  const status = (await (await fetch(`${endpoint}/_sandbox/status`)).json()) as {
    sageMaker: { endpoints: { pid: number }[] };
  };
  return portOf(status.sageMaker.endpoints[0]!.pid);
}

/** The port that a serving process was told, from its environment: Linux only. */
function portOf(pid: number): number {
  const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  return Number(environment.find((line) => line.startsWith('SAGEMAKER_BIND_TO_PORT='))!.split('=')[1]);
}

async function measureInvocations(port: number, servingPort: number): Promise<Figure[]> {
  const headers = { 'content-type': 'text/csv', accept: 'text/csv', authorization: AUTHORIZATION };
  const through = () => post(port, `/endpoints/${NAME}/invocations`, headers, '1,2,3');
  const direct = () => post(servingPort, '/invocations', headers, '1,2,3');
  for (let call = 0; call < WARM_UP; call++) await through().then(direct);
  const samples = await interleaved(INVOCATIONS, { through, direct });
  const added = samples.through.map((ms, call) => ms - samples.direct[call]!);
  return [
    {
      name: 'InvokeEndpoint, raw HTTP',
      unit: 'ms',
      samples: samples.through,
      peer: { name: 'the serving process', samples: samples.direct },
    },
    { name: 'InvokeEndpoint adds to the serving process', unit: 'ms', samples: added, target: ADDED_MS },
  ];
}

/** Milliseconds a call, of several callers together. */
async function rate(call: () => Promise<number>): Promise<number> {
  let left = RATE_CALLS;
  const begun = performance.now();
  const caller = async () => {
    while (left-- > 0) await call();
  };
  await Promise.all(Array.from({ length: RATE_CALLERS }, caller));
  return (performance.now() - begun) / RATE_CALLS;
}

/** Milliseconds of CPU that a process has taken so far, which other load does not change: Linux only. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * CLOCK_TICK_MS;
}

async function measureDescribes(port: number, bytes: number, daemon: number): Promise<Figure[]> {
  const bare = spawn(process.execPath, ['-e', BARE, String(bytes)], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [line] = await once(createInterface({ input: bare.stdout }), 'line');
    const body = JSON.stringify({ EndpointName: NAME });
    const headers = {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'SageMaker.DescribeEndpoint',
      authorization: AUTHORIZATION,
    };
    const cpu: number[] = [];
    const ways = {
      describe: async () => {
        const before = cpuOf(daemon);
        const ms = await rate(() => post(port, '/', headers, body));
        cpu.push((cpuOf(daemon) - before) / RATE_CALLS);
        return ms;
      },
      bare: () => rate(() => post(Number(line), '/', headers, body)),
    };
    for (const way of Object.values(ways)) await way();
    cpu.length = 0;
    const samples = await interleaved(RATE_ROUNDS, ways);
    const peer = { name: 'a bare Node server', samples: samples.bare };
    return [
      { name: 'DescribeEndpoint, 8 callers', unit: 'ms', samples: samples.describe, peer },
      { name: 'DescribeEndpoint, CPU of the daemon a call', unit: 'ms', samples: cpu, target: DESCRIBE_MS },
    ];
  } finally {
    bare.kill();
  }
}

/** What the sandbox adds to a request: to an invocation, and to a call that only reads its state. */
export async function requests(): Promise<Figure[]> {
  await sandboxPython();
  return inWorkspace(async (folder) => {
    const stateDir = join(folder, 'sandbox');
    try {
      const sandbox = await startSandbox({ stateDir, port: 0 });
      const { endpoint, region } = sandbox;
      const credentials = { accessKeyId: '000000000000', secretAccessKey: 'test' };
      const client = new sm.SageMakerClient({ endpoint, region, credentials });
      const servingPort = await bringUp(sandbox, client, folder);
      const { $metadata: _, ...described } = await client.send(new sm.DescribeEndpointCommand({ EndpointName: NAME }));
      await sleep(1_000);
      const port = Number(new URL(endpoint).port);
      const invocations = await measureInvocations(port, servingPort);
      const describes = await measureDescribes(port, JSON.stringify(described).length, sandbox.pid);
      return [...invocations, ...describes];
    } finally {
      await resetSandbox({ stateDir });
    }
  });
}
