import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as sm from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand } from '@aws-sdk/client-sagemaker-runtime';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { eventually } from '../support/eventually';
import { KillableServer } from './support/killable';
import { createConfig, createModel, createTraining } from './support/requests';
import { TestBucket, type TestServer } from './support/server';

const ROUNDS = 4;
const ENDPOINTS = ['one', 'two', 'three'];
const SEED = Number(process.env.KILL_SEED ?? Math.floor(Math.random() * 2 ** 31));
const INFERENCE = (name: string) =>
  `def model_fn(folder):\n    return 1\ndef transform_fn(model, body, kind, accept):\n    return "${name}", kind\n`;

/** Mulberry32: the same seed gives the same run of actions and delays. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What is known of a resource: an answered request happened, one that was cut off may have happened. */
type Known = 'there' | 'gone' | 'open';

describe(`a server that is killed at random (KILL_SEED=${SEED})`, () => {
  const random = randomOf(SEED);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const packages = new Map<string, Known>();
  const groups = new Map<string, Known>();
  const jobs = new Map<string, Known>();
  const endpoints = new Map<string, Known>();
  let server: KillableServer;
  let bucket: TestBucket;
  let count = 0;

  beforeAll(async () => {
    const sandbox = inject('sandbox');
    bucket = await TestBucket.create(sandbox);
    server = await KillableServer.start(sandbox, await mkdtemp(join(tmpdir(), 'sagemaker-kills-')));
    for (const name of ['a', 'b']) {
      await createModel(asServer(), name, INFERENCE(name));
      await createConfig(asServer(), name, [name]);
    }
  });
  afterAll(async () => {
    await server.kill();
    await rm(server.stateDir, { recursive: true, force: true });
  });
  const asServer = () => ({ sageMaker: server.sageMaker, bucket }) as unknown as TestServer;

  /** Sends a request; where the kill cuts it off, or the state does not allow it, what it was to do stays open. */
  async function act(
    known: Map<string, Known>,
    key: string,
    outcome: Known,
    work: () => Promise<unknown>,
  ): Promise<void> {
    const before = known.get(key);
    known.set(key, 'open');
    try {
      await work();
      known.set(key, outcome);
    } catch (error) {
      // A refusal is an answer: nothing happened.
      if (error instanceof sm.SageMakerServiceException && error.$metadata.httpStatusCode === 400 && before) {
        known.set(key, before);
      }
    }
  }

  const ACTIONS: (() => Promise<void>)[] = [
    () => {
      const name = `group-${++count}`;
      return act(groups, name, 'there', () =>
        server.sageMaker.send(new sm.CreateModelPackageGroupCommand({ ModelPackageGroupName: name })),
      );
    },
    async () => {
      const group = pick([...groups].filter(([, known]) => known === 'there').map(([name]) => name));
      if (!group) return;
      const request = new sm.CreateModelPackageCommand({ ModelPackageGroupName: group });
      const answer = await server.sageMaker.send(request).catch(() => undefined);
      if (answer) packages.set(answer.ModelPackageArn!, 'there');
    },
    async () => {
      const [arn] = pick([...packages].filter(([, known]) => known === 'there')) ?? [];
      if (!arn) return;
      await act(packages, arn, 'gone', () =>
        server.sageMaker.send(new sm.DeleteModelPackageCommand({ ModelPackageName: arn })),
      );
    },
    () => {
      const name = `job-${++count}`;
      const script = `import time\ntime.sleep(${pick([0, 30])})\n`;
      return act(jobs, name, 'there', () => createTraining(asServer(), name, { 'train.py': script }));
    },
    () => {
      const name = pick(ENDPOINTS);
      return act(endpoints, name, 'there', () =>
        server.sageMaker.send(
          new sm.CreateEndpointCommand({ EndpointName: name, EndpointConfigName: pick(['a', 'b']) }),
        ),
      );
    },
    () => {
      const name = pick(ENDPOINTS);
      const request = new sm.UpdateEndpointCommand({ EndpointName: name, EndpointConfigName: pick(['a', 'b']) });
      return act(endpoints, name, 'there', () => server.sageMaker.send(request));
    },
    () => {
      const name = pick(ENDPOINTS);
      return act(endpoints, name, 'gone', () =>
        server.sageMaker.send(new sm.DeleteEndpointCommand({ EndpointName: name })),
      );
    },
    async () => {
      const pids = (await server.status()).endpoints.flatMap((endpoint) => endpoint.pids).filter((pid) => pid > 0);
      if (pids.length > 0) process.kill(pick(pids), 'SIGKILL');
    },
  ];

  /** Acts until the kill, which comes at some point of it. */
  async function disturbed(): Promise<void> {
    const acting = (async () => {
      for (let step = 0; step < 12; step++) await pick(ACTIONS)().catch(() => undefined);
    })();
    await sleep(200 + random() * 800);
    await server.kill();
    await Promise.race([acting, sleep(2_000)]);
  }

  const exists = (request: Promise<unknown>) =>
    request.then(
      () => true,
      (error: Error) => {
        if (/Could not find|does not exist|not found/.test(error.message)) return false;
        throw error;
      },
    );

  async function checkResources(): Promise<void> {
    const { sageMaker } = server;
    for (const [name, known] of groups) {
      if (known === 'open') continue;
      expect(
        await exists(sageMaker.send(new sm.DescribeModelPackageGroupCommand({ ModelPackageGroupName: name }))),
      ).toBe(true);
    }
    for (const [arn, known] of packages) {
      if (known === 'open') continue;
      const found = await exists(sageMaker.send(new sm.DescribeModelPackageCommand({ ModelPackageName: arn })));
      expect([arn, found]).toEqual([arn, known === 'there']);
    }
  }

  /** No job runs in the new server: those that ran have failed with the reason. */
  async function checkJobs(): Promise<void> {
    for (const [name, known] of jobs) {
      const request = server.sageMaker.send(new sm.DescribeTrainingJobCommand({ TrainingJobName: name }));
      const job = await request.catch(() => undefined);
      if (known === 'there') expect(job).toBeDefined();
      if (!job || job.TrainingJobStatus === 'Completed') continue;
      expect(job).toMatchObject({ TrainingJobStatus: 'Failed', SecondaryStatus: 'Failed' });
      expect(job.FailureReason).toContain('The sandbox stopped while the job ran');
    }
  }

  /** Each endpoint comes to serve the config that it names, or is gone. */
  async function checkEndpoint(name: string): Promise<void> {
    const settled = await eventually(async () => {
      const request = server.sageMaker.send(new sm.DescribeEndpointCommand({ EndpointName: name }));
      const found = await request.catch((error: Error) => error);
      if (found instanceof Error) return found;
      return ['InService', 'Failed'].includes(found.EndpointStatus!) ? found : undefined;
    });
    const known = endpoints.get(name) ?? 'gone';
    if (settled instanceof Error) {
      expect(settled.message).toContain('Could not find endpoint');
      expect(known).not.toBe('there');
      return;
    }
    expect(known).not.toBe('gone');
    expect([settled.EndpointStatus, settled.PendingDeploymentSummary]).toEqual(['InService', undefined]);
    const invocation = new InvokeEndpointCommand({ EndpointName: name, ContentType: 'text/csv', Body: 'x' });
    const text = await eventually(async () => Buffer.from((await server.runtime.send(invocation)).Body!).toString());
    expect(text).toBe(settled.EndpointConfigName);
    endpoints.set(name, 'there');
  }

  it.each(Array.from({ length: ROUNDS }, (_, round) => round + 1))('has everything after kill %i', async () => {
    await disturbed();
    await writeFile(join(server.stateDir, 'resources', `half-${count}.json`), '{"kind": "model", "na');
    await writeFile(join(server.stateDir, 'resources', `half-${count}.json.tmp`), '{');
    await server.start();
    await checkResources();
    await checkJobs();
    for (const name of ENDPOINTS) await checkEndpoint(name);
    expect((await server.status()).nonConforming).toEqual([]);
  });

  it('leaves no process behind', async () => {
    await server.kill();
    await eventually(async () => ((await server.processes()).length === 0 ? true : undefined));
  });
});
