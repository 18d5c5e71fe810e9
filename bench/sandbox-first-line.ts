import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { CloudWatchLogsClient, type FilteredLogEvent, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateTrainingJobCommand, DescribeTrainingJobCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { create } from 'tar';
import { type Figure, interleaved } from './figure';

const ROUNDS = 5;
const BUCKET = 'bench-first-line';
const IMAGE = '683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0';
const MARK = 'FIRST LINE AT';
const SCRIPT = `import time\nprint("${MARK}", time.time() * 1000, flush=True)\n`;
const LONGEST_MS = 60_000;
const FIRST_LINE_MS = 300;

/** From asking for a training job to the first line of the user's script, beside starting that script directly. */
export async function measureFirstLine(python: string, folder: string): Promise<Figure[]> {
  const source = join(folder, 'first-line');
  mkdirSync(source);
  writeFileSync(join(source, 'train.py'), SCRIPT);
  const archive = join(folder, 'sourcedir.tar.gz');
  await create({ gzip: true, cwd: source, file: archive }, ['train.py']);
  const s3 = new S3Client({ forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'sourcedir.tar.gz', Body: await readFile(archive) }));
  let job = 0;
  const samples = await interleaved(ROUNDS, {
    job: () => jobTime(`first-line-${job++}`),
    direct: () => directTime(python, join(source, 'train.py')),
  });
  const peer = { name: 'python train.py', samples: samples.direct };
  return [
    {
      name: "CreateTrainingJob → first line of the user's script",
      unit: 'ms',
      samples: samples.job,
      target: FIRST_LINE_MS,
      peer,
    },
  ];
}

async function jobTime(name: string): Promise<number> {
  const client = new SageMakerClient({});
  const begun = Date.now();
  await createJob(client, name);
  const at = await firstLine(name);
  await ended(client, name);
  return at - begun;
}

/** Asks for a training job that runs the script which prints when it began. */
export async function createJob(client: SageMakerClient, name: string): Promise<void> {
  await client.send(
    new CreateTrainingJobCommand({
      TrainingJobName: name,
      RoleArn: 'arn:aws:iam::000000000000:role/bench',
      AlgorithmSpecification: { TrainingImage: IMAGE, TrainingInputMode: 'File' },
      OutputDataConfig: { S3OutputPath: `s3://${BUCKET}/out` },
      ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 5 },
      StoppingCondition: { MaxRuntimeInSeconds: 60 },
      HyperParameters: {
        sagemaker_program: 'train.py',
        sagemaker_submit_directory: `s3://${BUCKET}/sourcedir.tar.gz`,
      },
    }),
  );
}

/** When the script ran, by the same machine's clock. */
async function firstLine(name: string): Promise<number> {
  const logs = new CloudWatchLogsClient({});
  const query = { logGroupName: '/aws/sagemaker/TrainingJobs', logStreamNamePrefix: `${name}/` };
  for (const until = Date.now() + LONGEST_MS; Date.now() < until; await sleep(200)) {
    const { events = [] } = await logs.send(new FilterLogEventsCommand(query)).catch(nothingYet);
    // The sandbox's FilterLogEvents gives the events of every stream, whatever the prefix.
    const own = events.filter(({ logStreamName }) => logStreamName?.startsWith(`${name}/`));
    const at = own.map(({ message = '' }) => timeIn(message)).find((time) => time !== undefined);
    if (at !== undefined) return at;
  }
  throw new Error(`The job ${name} printed nothing within a minute.`);
}

const nothingYet = (error: unknown): { events: FilteredLogEvent[] } => {
  if (error instanceof Error && error.name === 'ResourceNotFoundException') return { events: [] };
  throw error;
};

/** The next job must not wait for this one. */
async function ended(client: SageMakerClient, name: string): Promise<void> {
  const until = Date.now() + LONGEST_MS;
  while (Date.now() < until) {
    const job = await client.send(new DescribeTrainingJobCommand({ TrainingJobName: name }));
    if (job.TrainingJobStatus !== 'InProgress') return;
    await sleep(100);
  }
  throw new Error(`The job ${name} did not end within a minute.`);
}

async function directTime(python: string, script: string): Promise<number> {
  const begun = Date.now();
  const { stdout } = await promisify(execFile)(python, [script]);
  return timeIn(stdout)! - begun;
}

function timeIn(line: string): number | undefined {
  const found = new RegExp(`${MARK} ([0-9.]+)`).exec(line)?.[1];
  return found ? Number(found) : undefined;
}
