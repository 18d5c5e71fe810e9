import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateTrainingJobCommand,
  DescribeTrainingJobCommand,
  ListTrainingJobsCommand,
  StopTrainingJobCommand,
} from '@aws-sdk/client-sagemaker';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { clientConfig } from '../../support/sandbox';
import { eventually } from '../support/eventually';
import { channel, createModel, createTraining, process, ROLE, trained, transform, XGBOOST } from './support/requests';
import { startServer, type TestServer } from './support/server';

const sandbox = inject('sandbox');
const LONG = 'import time\nprint("begun", flush=True)\ntime.sleep(300)\n';
const WRITE_MODEL = `import os, sys
print("args", sys.argv[1:], sorted(os.listdir(os.environ["SM_CHANNEL_TRAIN"])))
print("auc=0.9")
print("credentials", [name for name in os.environ if "SECRET" in name])
open(os.path.join(os.environ["SM_MODEL_DIR"], "model.txt"), "w").write("m")
`;
const OPT_ML = WRITE_MODEL.replace(
  'os.path.join(os.environ["SM_MODEL_DIR"], "model.txt")',
  '"/opt/ml/model/model.txt"',
);

// A laptop may have no namespaces; what jobs can rely on must hold there too.
describe.each([true, false])('with namespaces: %s', (namespaces) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer(sandbox, { namespaces });
  });
  afterAll(async () => {
    expect(server.nonConforming).toEqual([]);
    await server.close();
  });
  const lines = async (group: string, name: string) => {
    const logs = new CloudWatchLogsClient(clientConfig(sandbox));
    const found = await logs.send(
      new FilterLogEventsCommand({ logGroupName: `/aws/sagemaker/${group}`, logStreamNamePrefix: `${name}/` }),
    );
    return (found.events ?? []).map((event) => event.message!);
  };
  const name = (base: string) => `${base}-${namespaces ? 'ns' : 'plain'}`;

  it('trains by script: arguments, channels, metrics, model, log, events', async () => {
    await createTraining(
      server,
      name('script'),
      { 'train.py': WRITE_MODEL },
      {
        HyperParameters: { depth: '3' },
        AlgorithmSpecification: {
          TrainingImage: XGBOOST,
          TrainingInputMode: 'File',
          MetricDefinitions: [{ Name: 'auc', Regex: 'auc=([0-9.]+)' }],
        },
      },
    );
    const job = await trained(server, name('script'));
    expect(job).toMatchObject({ TrainingJobStatus: 'Completed', SecondaryStatus: 'Completed' });
    expect(job.FinalMetricDataList).toMatchObject([{ MetricName: 'auc', Value: expect.closeTo(0.9) }]);
    expect(job.SecondaryStatusTransitions!.map((transition) => transition.Status)).toEqual([
      'Starting',
      'Pending',
      'Downloading',
      'Training',
      'Uploading',
      'Completed',
    ]);
    const key = `out/${name('script')}/output/model.tar.gz`;
    expect(job.ModelArtifacts!.S3ModelArtifacts).toBe(server.bucket.uri(key));
    expect(await server.bucket.keys(`out/${name('script')}`)).toEqual([key]);
    expect(await lines('TrainingJobs', name('script'))).toContain("args ['--depth', '3'] ['a.csv']");
    const events = server.events.filter((event) => event.resources[0] === job.TrainingJobArn);
    expect(events.at(-1)).toMatchObject({
      detailType: 'SageMaker Training Job State Change',
      detail: { TrainingJobStatus: 'Completed', CreationTime: job.CreationTime!.getTime() },
    });
  });

  it('takes the source of an isolated job from a channel, and hands it no credentials', async () => {
    const source = await server.bucket.putArchive(`isolated/sourcedir.tar.gz`, { 'train.py': WRITE_MODEL });
    const data = await server.bucket.put('data/a.csv', '1,2\n');
    await createTraining(
      server,
      name('isolated'),
      { 'train.py': WRITE_MODEL },
      {
        EnableNetworkIsolation: true,
        InputDataConfig: [channel('train', data), channel('code', source)],
        HyperParameters: { sagemaker_submit_directory: '/opt/ml/input/data/code/sourcedir.tar.gz' },
      },
    );
    expect(await trained(server, name('isolated'))).toMatchObject({ TrainingJobStatus: 'Completed' });
    expect(await lines('TrainingJobs', name('isolated'))).toContain('credentials []');
  });

  it('says in the FailureReason what the script said', async () => {
    await createTraining(server, name('raises'), { 'train.py': 'raise ValueError("no such column: age")\n' });
    const job = await trained(server, name('raises'));
    expect(job.TrainingJobStatus).toBe('Failed');
    expect(job.FailureReason).toMatch(/^AlgorithmError: [\s\S]*no such column: age[\s\S]*exit code: 1$/);
  });

  it('uploads an empty archive for a script that writes no model', async () => {
    await createTraining(server, name('empty'), { 'train.py': 'print("nothing")\n' });
    expect(await trained(server, name('empty'))).toMatchObject({ TrainingJobStatus: 'Completed' });
    expect(await server.bucket.keys(`out/${name('empty')}`)).toHaveLength(1);
  });

  it('ends a job at its maximum run time as Stopped', async () => {
    await createTraining(server, name('long'), { 'train.py': LONG }, { StoppingCondition: { MaxRuntimeInSeconds: 1 } });
    expect(await trained(server, name('long'))).toMatchObject({
      TrainingJobStatus: 'Stopped',
      SecondaryStatus: 'MaxRuntimeExceeded',
    });
  });

  it('stops a job on request, once', async () => {
    await createTraining(server, name('stopped'), { 'train.py': LONG });
    await eventually(async () => {
      const job = await server.sageMaker.send(new DescribeTrainingJobCommand({ TrainingJobName: name('stopped') }));
      return job.SecondaryStatus === 'Training' || undefined;
    });
    const stop = new StopTrainingJobCommand({ TrainingJobName: name('stopped') });
    await server.sageMaker.send(stop);
    expect(await trained(server, name('stopped'))).toMatchObject({ TrainingJobStatus: 'Stopped' });
    await expect(server.sageMaker.send(stop)).rejects.toThrow('training job is in status Stopped');
  });

  it('installs requirements that the environment satisfies without pip, and names one that cannot be had', async () => {
    await createTraining(
      server,
      name('satisfied'),
      { 'train.py': WRITE_MODEL, 'requirements.txt': 'xgboost>=3\n' },
      {
        EnableNetworkIsolation: true,
      },
    );
    expect(await trained(server, name('satisfied'))).toMatchObject({ TrainingJobStatus: 'Completed' });
    const files = { 'train.py': WRITE_MODEL, 'requirements.txt': 'no-such-distribution-here==1\n' };
    await createTraining(server, name('missing'), files, { EnableNetworkIsolation: true });
    const job = await trained(server, name('missing'));
    expect(job.FailureReason).toMatch(
      /^AlgorithmError: .*no-such-distribution-here==1 could not be installed.*exit code: 1$/,
    );
  });

  it('processes: inputs and outputs at the paths that the request names', async () => {
    const script = 'import sys, os\nopen(os.path.join(sys.argv[2], "result.csv"), "w").write("1,2")\n';
    expect(await process(server, name('process'), script)).toMatchObject({ ProcessingJobStatus: 'Completed' });
    expect(await server.bucket.get(`out/${name('process')}/result.csv`)).toBe('1,2');
    const failed = await process(server, name('process-fails'), 'raise SystemExit(7)\n');
    expect(failed.FailureReason).toMatch(/^AlgorithmError: .*exit code: 7$/);
    expect(await server.bucket.keys(`out/${name('process-fails')}`)).toEqual([]);
  });

  it('transforms records and joins the answers to them', async () => {
    const upper = 'def model_fn(d): return 1\ndef transform_fn(m, body, kind, accept): return body.upper(), accept\n';
    const model = await createModel(server, name('upper'), upper, { EnableNetworkIsolation: true });
    const job = await transform(server, name('joined'), model, 'a,b\nc,d\n', {
      DataProcessing: { InputFilter: '$[1:]', JoinSource: 'Input', OutputFilter: '$[0,-1]' },
      BatchStrategy: 'SingleRecord',
      MaxConcurrentTransforms: 2,
    });
    expect(job).toMatchObject({ TransformJobStatus: 'Completed' });
    expect(await server.bucket.get(`out/${name('joined')}/data.csv.out`)).toBe('a,B\nc,D\n');
  });

  it.each([
    [
      'raises',
      'def model_fn(d): return 1\ndef transform_fn(*a): raise RuntimeError("broken")\n',
      'AlgorithmError',
      'broken',
    ],
    ['does not load', 'raise RuntimeError("broken")\n', 'AlgorithmError', 'ended with exit code 1'],
    [
      'answers too few records',
      'def model_fn(d): return 1\ndef transform_fn(*a): return "1", "text/csv"\n',
      'ClientError',
      '1 records to 2',
    ],
  ])('fails a transform whose model %s', async (what, inference, code, reason) => {
    const id = name(what.replace(/ /g, '-'));
    const model = await createModel(server, id, inference);
    const job = await transform(server, id, model, 'a\nb\n', { DataProcessing: { JoinSource: 'Input' } });
    expect(job.TransformJobStatus).toBe('Failed');
    expect(job.FailureReason).toMatch(new RegExp(`^${code}: `));
    expect(job.FailureReason).toContain(reason);
    expect(await server.bucket.keys(`out/${id}`)).toEqual([]);
  });
});

describe('jobs', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer(sandbox, { maxConcurrentJobs: 1 });
  });
  afterAll(() => server.close());

  it('give scripts /opt/ml itself where the kernel has namespaces', async ({ skip }) => {
    await createTraining(server, 'opt-ml', { 'train.py': OPT_ML });
    const job = await trained(server, 'opt-ml');
    if (job.FailureReason?.includes('/opt/ml/model/model.txt')) skip('this kernel has no user namespaces');
    expect(job.TrainingJobStatus).toBe('Completed');
  });

  it('train by the built-in algorithm, with its metrics', async () => {
    const rows = Array.from({ length: 40 }, (_, row) => `${row % 2},${(row % 2) + row / 100}`).join('\n');
    const data = await server.bucket.put('built-in/train.csv', rows);
    await server.sageMaker.send(
      new CreateTrainingJobCommand({
        TrainingJobName: 'built-in-algorithm',
        RoleArn: ROLE,
        AlgorithmSpecification: { TrainingImage: XGBOOST, TrainingInputMode: 'File' },
        InputDataConfig: [channel('train', data), channel('validation', data)],
        OutputDataConfig: { S3OutputPath: server.bucket.uri('out') },
        ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 5 },
        StoppingCondition: { MaxRuntimeInSeconds: 300 },
        HyperParameters: { num_round: '5', objective: 'binary:logistic', eval_metric: 'auc' },
      }),
    );
    const job = await trained(server, 'built-in-algorithm');
    expect(job.FailureReason).toBeUndefined();
    expect(job.FinalMetricDataList!.map((metric) => metric.MetricName)).toEqual(['train:auc', 'validation:auc']);
  });

  it('of a taken name are refused as in use, of an unmapped image as invalid', async () => {
    await expect(createTraining(server, 'opt-ml', { 'train.py': '' })).rejects.toMatchObject({ name: 'ResourceInUse' });
    const image = { TrainingImage: 'reg.example/own:1', TrainingInputMode: 'File' as const };
    await expect(createTraining(server, 'own', { 'train.py': '' }, { AlgorithmSpecification: image })).rejects.toThrow(
      'no local runtime',
    );
  });

  it('beyond the limit wait in Pending, in order, and can be stopped there', async () => {
    await createTraining(server, 'first', { 'train.py': LONG });
    await createTraining(server, 'waiting', { 'train.py': LONG });
    const waiting = await server.sageMaker.send(new DescribeTrainingJobCommand({ TrainingJobName: 'waiting' }));
    expect(waiting).toMatchObject({ TrainingJobStatus: 'InProgress', SecondaryStatus: 'Pending' });
    await server.sageMaker.send(new StopTrainingJobCommand({ TrainingJobName: 'waiting' }));
    expect(await trained(server, 'waiting')).toMatchObject({ TrainingJobStatus: 'Stopped' });
  });

  it('that ran when the server ended are Failed, with the reason, when it is back', async () => {
    await server.restart();
    const job = await trained(server, 'first');
    expect(job).toMatchObject({ TrainingJobStatus: 'Failed', SecondaryStatus: 'Failed' });
    expect(job.FailureReason).toContain('The sandbox stopped while the job ran');
    const list = new ListTrainingJobsCommand({ StatusEquals: 'Failed', NameContains: 'first' });
    expect((await server.sageMaker.send(list)).TrainingJobSummaries).toHaveLength(1);
  });
});
