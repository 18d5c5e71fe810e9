import { describe, expect, it } from 'vitest';
import type { JobFacts } from '../../lambdas/training/jobs';
import { recordJob } from '../../lambdas/training/record-job';
import { recordValidation } from '../../lambdas/training/record-validation';
import type { RecordJobInput } from '../../lib/training/contract';
import { FakeRegistry, fakeJobs, RUN_ID } from './fakes';

const input: RecordJobInput = { runId: RUN_ID, attempt: 1, step: 'Train', kind: 'training', jobName: 'job-1' };
const done: JobFacts = {
  status: 'Completed',
  arn: 'arn:job-1',
  startedAt: new Date('2026-01-01T00:00:00Z'),
  endedAt: new Date('2026-01-01T01:00:00Z'),
  billableSeconds: 1800,
  instances: { instanceType: 'ml.m5.large', instanceCount: 1 },
  archiveUri: 's3://artifacts/model.tar.gz',
};

const record = (job: JobFacts | undefined, more: Partial<RecordJobInput> = {}, registry = new FakeRegistry()) => {
  const jobs = fakeJobs(job ? { 'job-1': job } : {});
  return { registry, answer: recordJob({ ...input, ...more }, { registry, jobs }) };
};

describe('recording a job', () => {
  it('records times, cost and what the step hands on when it is Completed', async () => {
    const { registry, answer } = record(done, { handsOn: { uris: { train: 's3://t/' } } });
    expect(await answer).toEqual({ status: 'Completed', archiveUri: 's3://artifacts/model.tar.gz' });
    expect(registry.step('Train')).toMatchObject({
      status: 'SUCCEEDED',
      jobArn: 'arn:job-1',
      startedAt: '2026-01-01T00:00:00.000Z',
      output: { uris: { train: 's3://t/' }, trained: { archiveUri: 's3://artifacts/model.tar.gz' } },
    });
    expect(registry.step('Train')!.costUsd).toBeGreaterThan(0);
  });

  it('records the same however often it is asked', async () => {
    const { registry, answer } = record(done);
    await answer;
    const before = structuredClone(registry.run);
    await record(done, {}, registry).answer;
    expect(registry.run).toEqual(before);
  });

  it.each(['InProgress', 'Stopping'])('goes round a wait while it is %s', async (status) => {
    const { registry, answer } = record({ ...done, status, endedAt: undefined });
    expect(await answer).toEqual({ status: 'InProgress' });
    expect(registry.step('Train')?.status).toBe('RUNNING');
  });

  it('fails with the reason that the job gives', async () => {
    const { registry, answer } = record({ ...done, status: 'Failed', failureReason: 'ValueError: no column x' });
    await expect(answer).rejects.toMatchObject({
      name: 'JobFailed',
      message: 'Train: the training job job-1 failed: ValueError: no column x',
    });
    expect(registry.step('Train')).toMatchObject({ status: 'FAILED', reason: expect.stringContaining('no column x') });
  });

  it('never takes a stopped job for a completed one', async () => {
    await expect(record({ ...done, status: 'Stopped' }).answer).rejects.toMatchObject({ name: 'JobStopped' });
  });

  it('says when a job ran past its maximum', async () => {
    const job = { ...done, status: 'Stopped', maxRuntimeSeconds: 600 };
    await expect(record(job).answer).rejects.toMatchObject({
      name: 'JobStopped',
      message: expect.stringContaining('ran past its maximum of 600 s'),
    });
  });

  it('says why a job was never created', async () => {
    const failure = { Error: 'SageMaker.AmazonSageMakerException', Cause: 'No S3 objects found under s3://x' };
    await expect(record(undefined, { failure }).answer).rejects.toMatchObject({
      name: 'RunFailed',
      message: 'Train: the training job job-1 was not created: No S3 objects found under s3://x',
    });
  });

  it('adopts a model that is there already, whatever its creation answered', async () => {
    const failure = { Error: 'SageMaker.AmazonSageMakerException', Cause: 'Cannot create already existing model' };
    const { registry, answer } = record({ status: 'Completed', instances: {} }, { kind: 'model', failure });
    expect(await answer).toEqual({ status: 'Completed' });
    expect(registry.run.steps).toEqual([]);
  });
});

describe('recording a validation', () => {
  const validation = { passed: true, rows: 10, columns: ['a'], reportUri: 's3://e/r.json', reportSha256: 'aa' };

  it('keeps what passed', async () => {
    const registry = new FakeRegistry();
    await recordValidation({ runId: RUN_ID, attempt: 1, validation }, { registry });
    expect(registry.step('ValidateData')).toMatchObject({ status: 'SUCCEEDED', output: { validation } });
  });

  it('rejects the run for what did not, with the reason', async () => {
    const registry = new FakeRegistry();
    const bad = { ...validation, passed: false, reason: 'a.csv, line 7: no label' };
    await expect(recordValidation({ runId: RUN_ID, attempt: 1, validation: bad }, { registry })).rejects.toMatchObject({
      name: 'RunRejected',
      message: 'a.csv, line 7: no label',
    });
    expect(registry.step('ValidateData')).toMatchObject({ status: 'REJECTED', reason: 'a.csv, line 7: no label' });
  });
});
