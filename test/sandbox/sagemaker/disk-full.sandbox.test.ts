import { DescribeTrainingJobCommand, ListTrainingJobsCommand, StopTrainingJobCommand } from '@aws-sdk/client-sagemaker';
import { afterAll, beforeAll, expect, inject, it, type TestContext } from 'vitest';
import { eventually } from '../support/eventually';
import { channel, createTraining, trained } from './support/requests';
import { type SmallDiskServer, startOnSmallDisk } from './support/small-disk';

const MEGABYTE = 2 ** 20;
let started: SmallDiskServer | undefined;
beforeAll(async () => {
  started = await startOnSmallDisk(inject('sandbox'));
});
afterAll(() => started?.close());

/** The server, where this machine can give it a small disk. */
const serverOr = (skip: TestContext['skip']): SmallDiskServer =>
  started ?? skip('this kernel has no user and mount namespaces');

it('fails a job whose data do not fit, and says that the disk is full', async ({ skip }) => {
  const server = serverOr(skip);
  const data = await server.bucket.put('big/train.csv', Buffer.alloc(3 * MEGABYTE, '1,2\n'));
  await createTraining(server, 'big-data', { 'train.py': 'pass\n' }, { InputDataConfig: [channel('train', data)] });
  const job = await trained(server, 'big-data');
  expect(job.TrainingJobStatus).toBe('Failed');
  expect(job.FailureReason).toMatch(/^InternalServerError: the disk of the sandbox is full .*: free space/);
  expect(await server.bucket.keys('out/big-data')).toEqual([]);
});

it('fails a job whose script finds no space, in the words of its system, and leaves no model', async ({ skip }) => {
  const server = serverOr(skip);
  const script = `import os\nopen(os.environ["SM_MODEL_DIR"] + "/m", "wb").write(b"m" * ${3 * MEGABYTE})\n`;
  await createTraining(server, 'big-model', { 'train.py': script });
  const job = await trained(server, 'big-model');
  expect(job.TrainingJobStatus).toBe('Failed');
  expect(job.FailureReason).toMatch(/^AlgorithmError: [\s\S]*No space left on device[\s\S]*exit code: 1$/);
  expect(await server.bucket.keys('out/big-model')).toEqual([]);
});

it('fails a job whose archive finds no space, and leaves no half of it', async ({ skip }) => {
  const server = serverOr(skip);
  const size = Math.round(1.2 * MEGABYTE);
  const script = `import os\nopen(os.environ["SM_MODEL_DIR"] + "/m", "wb").write(os.urandom(${size}))\n`;
  await createTraining(server, 'big-archive', { 'train.py': script });
  const job = await trained(server, 'big-archive');
  expect(job.TrainingJobStatus).toBe('Failed');
  expect(job.FailureReason).toMatch(/the disk of the sandbox is full/);
  expect(await server.bucket.keys('out/big-archive')).toEqual([]);
});

it('refuses a job that it could not remember, and takes it once there is space', async ({ skip }) => {
  const server = serverOr(skip);
  await server.fill();
  const source = { 'train.py': 'import os\nopen(os.environ["SM_MODEL_DIR"] + "/m", "w").write("m")\n' };
  await expect(createTraining(server, 'no-room', source)).rejects.toThrow(/no-room.*the disk of the sandbox is full/);
  const list = new ListTrainingJobsCommand({ NameContains: 'no-room' });
  expect((await server.sageMaker.send(list)).TrainingJobSummaries).toEqual([]);
  await server.free();
  await createTraining(server, 'no-room', source);
  expect(await trained(server, 'no-room')).toMatchObject({ TrainingJobStatus: 'Completed' });
});

it('stops a job on a full disk, and has the jobs of before after a restart', async ({ skip }) => {
  const server = serverOr(skip);
  const describe = () => server.sageMaker.send(new DescribeTrainingJobCommand({ TrainingJobName: 'waits' }));
  await createTraining(server, 'waits', { 'train.py': 'import time\ntime.sleep(300)\n' });
  await eventually(async () => (await describe()).SecondaryStatus === 'Training' || undefined);
  await server.fill();
  await server.sageMaker.send(new StopTrainingJobCommand({ TrainingJobName: 'waits' }));
  expect(await trained(server, 'waits')).toMatchObject({ TrainingJobStatus: 'Stopped' });
  await server.free();
  await server.restart();
  expect(await trained(server, 'no-room')).toMatchObject({ TrainingJobStatus: 'Completed' });
  expect(await trained(server, 'big-data')).toMatchObject({ TrainingJobStatus: 'Failed' });
});
