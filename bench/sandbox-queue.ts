import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { DescribeTrainingJobCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { type Figure, interleaved, seconds } from './figure';
import { createJob } from './sandbox-first-line';

const JOBS = 50;
const ROUNDS = 2;
const LOOK_MS = 200;

/** Fifty training jobs at once until the last has ended, beside as many runs of their script, so many at a time as jobs run. */
export async function measureQueue(python: string, script: string, daemon: number): Promise<Figure[]> {
  const memory: number[] = [];
  let round = 0;
  const samples = await interleaved(ROUNDS, {
    queue: () => seconds(() => queueJobs(`queue-${round++}`, daemon, memory)),
    direct: () => seconds(() => runDirectly(python, script)),
  });
  const peer = { name: `${JOBS} × python train.py`, samples: samples.direct };
  return [
    { name: `${JOBS} training jobs queued at once, until the last has ended`, unit: 's', samples: samples.queue, peer },
    { name: '… memory of the daemon meanwhile', unit: 'KB', samples: memory },
  ];
}

async function queueJobs(prefix: string, daemon: number, memory: number[]): Promise<void> {
  const client = new SageMakerClient({});
  const names = Array.from({ length: JOBS }, (_, job) => `${prefix}-${String(job).padStart(2, '0')}`);
  for (const name of names) await createJob(client, name);
  const describe = (name: string) => client.send(new DescribeTrainingJobCommand({ TrainingJobName: name }));
  while ((await describe(names.at(-1)!)).TrainingJobStatus === 'InProgress') {
    memory.push(residentKilobytes(daemon));
    await sleep(LOOK_MS);
  }
  const jobs = await Promise.all(names.map(describe));
  const failed = jobs.find((job) => job.TrainingJobStatus === 'Failed');
  if (failed) throw new Error(`${failed.TrainingJobName} failed: ${failed.FailureReason}`);
  const begun = jobs.map((job) => job.TrainingStartTime!.getTime());
  if (begun.some((time, at) => time < (begun[at - 1] ?? 0))) throw new Error('Jobs did not begin in order.');
}

const residentKilobytes = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);

async function runDirectly(python: string, script: string): Promise<void> {
  let left = JOBS;
  const worker = async () => {
    while (left-- > 0) await promisify(execFile)(python, [script]);
  };
  await Promise.all(cpus().map(worker));
}
