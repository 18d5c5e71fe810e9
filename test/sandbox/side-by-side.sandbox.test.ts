import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateTrainingJobCommand, DescribeTrainingJobCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import * as launcher from 'cdk-mlops-sandbox';
import {
  listSandboxes,
  resetSandbox,
  type SandboxInfo,
  sandboxStatus,
  startSandbox,
  stopSandbox,
} from 'cdk-mlops-sandbox';
import { create } from 'tar';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mlops } from '../cli/run-command';
import { clientConfig } from '../support/sandbox';
import { eventually } from './support/eventually';

/** A path as people have them. */
const home = mkdtempSync(join(tmpdir(), 'zwei Sandkästen – '));
const dirOf = (name: string) => join(home, `.mlops/sandbox-${name}`);
const state = process.env.XDG_STATE_HOME;
let sandboxes: Record<'first' | 'second', SandboxInfo>;
beforeAll(async () => {
  process.env.XDG_STATE_HOME = join(home, 'state');
  const start = (name: string) => startSandbox({ name, stateDir: dirOf(name), port: 0 });
  const [first, second] = await Promise.all([start('first'), start('second')]);
  sandboxes = { first, second };
});
afterAll(async () => {
  await Promise.all(['first', 'second'].map((name) => resetSandbox({ stateDir: dirOf(name) })));
  if (state === undefined) delete process.env.XDG_STATE_HOME;
  else process.env.XDG_STATE_HOME = state;
  rmSync(home, { recursive: true, force: true });
});

const sageMaker = (info: SandboxInfo) => new SageMakerClient(clientConfig({ ...info }));

/** Starts a job that says whose it is, and stays for a while. */
async function train(info: SandboxInfo, says: string): Promise<void> {
  const source = join(home, says);
  mkdirSync(source);
  writeFileSync(join(source, 'train.py'), `import time\nprint("I am ${says}", flush=True)\ntime.sleep(60)\n`);
  const chunks: Buffer[] = [];
  for await (const chunk of create({ gzip: true, cwd: source }, ['train.py'])) chunks.push(chunk as Buffer);
  const s3 = new S3Client({ ...clientConfig({ ...info }), forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'jobs' }));
  await s3.send(new PutObjectCommand({ Bucket: 'jobs', Key: 'source.tar.gz', Body: Buffer.concat(chunks) }));
  await sageMaker(info).send(
    new CreateTrainingJobCommand({
      TrainingJobName: 'same-name',
      RoleArn: 'arn:aws:iam::000000000000:role/jobs',
      AlgorithmSpecification: { TrainingImage: 'sagemaker-scikit-learn:1.9-0', TrainingInputMode: 'File' },
      HyperParameters: { sagemaker_program: 'train.py', sagemaker_submit_directory: 's3://jobs/source.tar.gz' },
      OutputDataConfig: { S3OutputPath: 's3://jobs/out' },
      ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 },
      StoppingCondition: { MaxRuntimeInSeconds: 300 },
    }),
  );
}

const jobsOf = async (name: string) =>
  ((await sandboxStatus({ stateDir: dirOf(name) })).processes ?? []).filter(({ kind }) => kind === 'job');

/** The command for one of them. */
const command = (name: string, ...args: string[]) =>
  mlops(['sandbox', ...args], {
    sandbox: { ...launcher, sandboxStatus: () => launcher.sandboxStatus({ stateDir: dirOf(name) }) },
  });

describe('two sandboxes at once, in a path with spaces and letters beyond ASCII', () => {
  it('run jobs of the same name apart, and show each job with its process and memory', async () => {
    await Promise.all([train(sandboxes.first, 'first'), train(sandboxes.second, 'second')]);
    for (const name of ['first', 'second']) {
      const [job] = await eventually(async () => {
        const jobs = await jobsOf(name);
        return jobs.length > 0 ? jobs : undefined;
      });
      expect(job).toMatchObject({ kind: 'job', name: 'same-name' });
      expect(job?.memoryBytes).toBeGreaterThan(1_000_000);
      const log = await eventually(async () => {
        const { stdout } = await command(name, 'logs', 'same-name', '--since', '5m');
        return stdout.includes('I am') ? stdout : undefined;
      });
      expect(log).toContain(`I am ${name}`);
    }
    const { stdout } = await command('first', 'status');
    expect(stdout).toMatch(/daemon, with SageMaker .* MiB/);
    expect(stdout).toMatch(/job same-name .* MiB/);
  });

  it('are listed, and one stops without the other', async () => {
    const running = async () => (await listSandboxes()).map((each) => [each.name, each.running]);
    expect(await running()).toEqual([
      ['first', true],
      ['second', true],
    ]);
    await stopSandbox({ stateDir: dirOf('first') });
    expect(await running()).toEqual([
      ['first', false],
      ['second', true],
    ]);
    expect(await jobsOf('second')).toHaveLength(1);
    const described = new DescribeTrainingJobCommand({ TrainingJobName: 'same-name' });
    expect((await sageMaker(sandboxes.second).send(described)).TrainingJobStatus).toBe('InProgress');
  });

  it('come back after kill -9 on their own ports, with what they knew', async () => {
    process.kill(sandboxes.second.pid, 'SIGKILL');
    await eventually(async () => ((await sandboxStatus({ stateDir: dirOf('second') })).running ? undefined : true));
    const [first, second] = await Promise.all(
      ['first', 'second'].map((name) => startSandbox({ name, stateDir: dirOf(name) })),
    );
    expect([first?.endpoint, second?.endpoint]).toEqual([sandboxes.first.endpoint, sandboxes.second.endpoint]);
    const described = new DescribeTrainingJobCommand({ TrainingJobName: 'same-name' });
    const { TrainingJobStatus, FailureReason } = await sageMaker(second!).send(described);
    expect({ TrainingJobStatus, FailureReason }).toMatchObject({
      TrainingJobStatus: 'Failed',
      FailureReason: expect.stringContaining('The sandbox stopped'),
    });
  });
});
