// Over 300 lines: each documented item of the contract is one case, and all share one bucket, role and set of clients.
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateTransformJobCommand,
  DescribeTrainingJobCommand,
  DescribeTransformJobCommand,
  type ResourceConfig,
  StopTrainingJobCommand,
} from '@aws-sdk/client-sagemaker';
import * as tar from 'tar';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { clientConfig } from '../../support/sandbox';
import { eventually } from '../support/eventually';
import {
  channel,
  createModel,
  createTraining,
  process as processing,
  SKLEARN,
  trained,
  XGBOOST,
} from './support/requests';
import { startServer, type TestServer } from './support/server';

const sandbox = inject('sandbox');
const MEMORY = 150 * 2 ** 20;
const instances = (InstanceCount: number) =>
  ({ InstanceType: 'ml.m5.large', InstanceCount, VolumeSizeInGB: 5 }) as const;
const algorithm = { TrainingImage: XGBOOST, TrainingInputMode: 'File' } as const;
const sharded = (name: string, uri: string) =>
  ({
    ChannelName: name,
    DataSource: {
      S3DataSource: { S3DataType: 'S3Prefix', S3Uri: uri, S3DataDistributionType: 'ShardedByS3Key' },
    },
  }) as const;

let server: TestServer;
beforeAll(async () => {
  server = await startServer(sandbox, { maxConcurrentJobs: 4, maxContainerMemory: MEMORY });
});
afterAll(async () => {
  expect(server.nonConforming).toEqual([]);
  await server.close();
});

const logs = new CloudWatchLogsClient(clientConfig(sandbox));
/** The log events of one group whose stream begins so, in order. */
async function events(group: string, prefix: string) {
  const all: { stream: string; message: string }[] = [];
  let nextToken: string | undefined;
  do {
    const query = { logGroupName: `/aws/sagemaker/${group}`, logStreamNamePrefix: prefix, nextToken };
    const page = await logs.send(new FilterLogEventsCommand(query));
    all.push(...(page.events ?? []).map((event) => ({ stream: event.logStreamName!, message: event.message! })));
    nextToken = page.nextToken;
  } while (nextToken);
  return all;
}
const lines = async (group: string, name: string) => (await events(group, `${name}/`)).map(({ message }) => message);

/** Settles when the training job has said so. */
const said = (name: string, line: string) =>
  eventually(async () => {
    const all: string[] = await lines('TrainingJobs', name).catch(() => []);
    return all.includes(line) || undefined;
  });

/** The entries of an archive in the test's bucket. */
async function entries(key: string): Promise<string[]> {
  const found: string[] = [];
  const parser = tar.list({ onReadEntry: (entry) => void found.push(entry.path) });
  parser.end(await server.bucket.getBytes(key));
  return found.sort();
}

const alive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe.concurrent('a training job', () => {
  it('runs a process an instance, each with its share of the data; what they wrote becomes one archive', async () => {
    for (const key of ['a', 'b', 'c']) await server.bucket.put(`shards/${key}.csv`, key);
    const script = `import json, os, socket
host = os.environ["SM_CURRENT_HOST"]
config = json.load(open(os.environ["SM_INPUT_CONFIG_DIR"] + "/inputdataconfig.json"))
print("data", host, sorted(os.listdir(os.environ["SM_CHANNEL_TRAIN"])), config["train"]["S3DistributionType"])
print("hosts", os.environ["SM_HOSTS"], os.environ["SM_NUM_CPUS"])
open(os.environ["SM_MODEL_DIR"] + "/" + host, "w").write(host)
open(os.environ["SM_OUTPUT_DATA_DIR"] + "/" + host, "w").write(host)
`;
    await createTraining(
      server,
      'two-hosts',
      { 'train.py': script },
      { ResourceConfig: instances(2), InputDataConfig: [sharded('train', server.bucket.uri('shards/'))] },
    );
    expect(await trained(server, 'two-hosts')).toMatchObject({ TrainingJobStatus: 'Completed' });
    const printed = await events('TrainingJobs', 'two-hosts/');
    expect(new Set(printed.map(({ stream }) => stream.replace(/\d+$/, '')))).toEqual(
      new Set(['two-hosts/algo-1-', 'two-hosts/algo-2-']),
    );
    const messages = printed.map(({ message }) => message);
    expect(messages).toContain("data algo-1 ['a.csv', 'c.csv'] ShardedByS3Key");
    expect(messages).toContain("data algo-2 ['b.csv'] ShardedByS3Key");
    expect(messages.filter((message) => message.startsWith('hosts ["algo-1","algo-2"]'))).toHaveLength(2);
    expect(await entries('out/two-hosts/output/model.tar.gz')).toEqual(['algo-1', 'algo-2']);
    expect(await entries('out/two-hosts/output/output.tar.gz')).toEqual(['algo-1', 'algo-2']);
  });

  it('of which one instance fails ends as a whole, with the reason of that one', async () => {
    const script = `import os, sys, time
if os.environ["SM_CURRENT_HOST"] == "algo-2": sys.exit("no second shard")
time.sleep(300)
`;
    await createTraining(server, 'one-fails', { 'train.py': script }, { ResourceConfig: instances(2) });
    const job = await trained(server, 'one-fails');
    expect(job.FailureReason).toMatch(/^AlgorithmError: [\s\S]*no second shard[\s\S]*exit code: 1$/);
  });

  it('on spot instances is interrupted, begins anew with its checkpoints, and costs less', async () => {
    const script = `import os, signal, sys, time
path = "/opt/ml/checkpoints" if os.path.isdir("/opt/ml/checkpoints") else os.environ["SAGEMAKER_BASE_DIR"] + "/checkpoints"
if os.path.exists(path + "/epoch"):
    print("resumed from", open(path + "/epoch").read()); time.sleep(1); sys.exit(0)
def save(*_):
    open(path + "/epoch", "w").write("7"); sys.exit(0)
signal.signal(signal.SIGTERM, save)
print("ready", flush=True)
time.sleep(300)
`;
    await createTraining(
      server,
      'spot',
      { 'train.py': script },
      {
        EnableManagedSpotTraining: true,
        StoppingCondition: { MaxRuntimeInSeconds: 300, MaxWaitTimeInSeconds: 300 },
        CheckpointConfig: { S3Uri: server.bucket.uri('checkpoints/spot') },
      },
    );
    await said('spot', 'ready');
    expect(server.interrupt('spot')).toBeUndefined();
    const job = await trained(server, 'spot');
    expect(job.FailureReason).toBeUndefined();
    expect(job.SecondaryStatusTransitions!.map(({ Status }) => Status)).toEqual([
      'Starting',
      'Pending',
      'Downloading',
      'Training',
      'Interrupted',
      'Restarting',
      'Downloading',
      'Training',
      'Uploading',
      'Completed',
    ]);
    expect(await lines('TrainingJobs', 'spot')).toContain('resumed from 7');
    expect(await server.bucket.get('checkpoints/spot/epoch')).toBe('7');
    expect(job.BillableTimeInSeconds!).toBeLessThan(job.TrainingTimeInSeconds!);
    expect(server.interrupt('spot')).toContain('in secondary status Completed');
    expect(server.interrupt('two-hosts')).toMatch(/no training job|does not use managed spot/);
  });

  it('on spot instances is interrupted by a tag too, once', async () => {
    await createTraining(
      server,
      'spot-tag',
      { 'train.py': 'import time\ntime.sleep(1)\n' },
      {
        EnableManagedSpotTraining: true,
        StoppingCondition: { MaxRuntimeInSeconds: 300, MaxWaitTimeInSeconds: 300 },
        Tags: [{ Key: 'sandbox:interrupt-after-seconds', Value: '0.2' }],
      },
    );
    const job = await trained(server, 'spot-tag');
    const statuses = job.SecondaryStatusTransitions!.map(({ Status }) => Status);
    expect(statuses.filter((status) => status === 'Interrupted')).toHaveLength(1);
    expect(statuses.at(-1)).toBe('Completed');
  });

  it('that waits longer than it may for spot instances and its end is Stopped as MaxWaitTimeExceeded', async () => {
    await createTraining(
      server,
      'max-wait',
      { 'train.py': 'import time\ntime.sleep(300)\n' },
      {
        EnableManagedSpotTraining: true,
        StoppingCondition: { MaxRuntimeInSeconds: 1, MaxWaitTimeInSeconds: 1 },
        // Its time counts from the creation, so it is over before that of the run.
      },
    );
    const job = await trained(server, 'max-wait');
    expect(job).toMatchObject({ TrainingJobStatus: 'Stopped', SecondaryStatus: 'MaxWaitTimeExceeded' });
  });

  it('that is stopped may save its model, which is uploaded', async () => {
    const script = `import os, signal, sys, time
def save(*_):
    open(os.environ["SM_MODEL_DIR"] + "/saved", "w").write("m"); sys.exit(0)
signal.signal(signal.SIGTERM, save)
print("ready", flush=True)
time.sleep(300)
`;
    await createTraining(server, 'saves', { 'train.py': script });
    await said('saves', 'ready');
    await server.sageMaker.send(new StopTrainingJobCommand({ TrainingJobName: 'saves' }));
    const job = await trained(server, 'saves');
    expect(job).toMatchObject({ TrainingJobStatus: 'Stopped', SecondaryStatus: 'Stopped' });
    expect(job.SecondaryStatusTransitions!.map(({ Status }) => Status)).toContain('Stopping');
    expect(await entries('out/saves/output/model.tar.gz')).toEqual(['saved']);
  });

  it('that takes more memory than its instance has is Failed for that', async () => {
    const script = 'import time\nx = b"x" * (300 * 2**20)\ntime.sleep(300)\n';
    await createTraining(server, 'greedy', { 'train.py': script });
    const job = await trained(server, 'greedy');
    expect(job.TrainingJobStatus).toBe('Failed');
    expect(job.FailureReason).toMatch(/^AlgorithmError: OutOfMemoryError: .*150 MiB.*, exit code: 137$/);
  });

  it('is measured: in the status while it runs, in its log and in CloudWatch', async () => {
    const script = `import time
end = time.time() + 2
while time.time() < end: pass
`;
    await createTraining(server, 'busy', { 'train.py': script });
    const seen = await eventually(async () =>
      server.status().jobs.find((job) => job.name === 'busy' && job.cpuSeconds > 0.2),
    );
    expect(seen).toMatchObject({ kind: 'training-job', host: 'algo-1' });
    expect(alive(seen.pid)).toBe(true);
    expect(seen.memoryBytes).toBeGreaterThan(2 ** 20);
    await trained(server, 'busy');
    expect((await lines('TrainingJobs', 'busy')).join('\n')).toMatch(
      /algo-1 ran for [\d.]+ s and used [\d.]+ s of CPU/,
    );
    const put = server.metrics.filter(({ dimensions }) => dimensions.Host === 'busy/algo-1');
    expect(put.map(({ name }) => name)).toEqual(['CPUUtilization', 'MemoryUtilization']);
    for (const { value } of put) expect(value).toBeGreaterThan(0);
    expect(server.status().jobs.some((job) => job.name === 'busy')).toBe(false);
  });

  it('puts the metrics of its definitions to CloudWatch, read as its log has them', async () => {
    const script = 'for i in range(3): print(f"[{i}]\\tloss:{1 / (i + 1)}", flush=True)\n';
    const MetricDefinitions = [{ Name: 'loss', Regex: '#011loss:([0-9.]+)' }];
    const AlgorithmSpecification = { ...algorithm, MetricDefinitions };
    await createTraining(server, 'metrics', { 'train.py': script }, { AlgorithmSpecification });
    const job = await trained(server, 'metrics');
    expect(job.FinalMetricDataList).toMatchObject([{ MetricName: 'loss', Value: expect.closeTo(1 / 3) }]);
    const put = server.metrics.filter(({ dimensions }) => dimensions.TrainingJobName === 'metrics');
    expect(put.map(({ value }) => value)).toEqual([1, 0.5, 1 / 3]);
  });

  it('loses nothing of what it prints: many lines in order, long ones in pieces, control characters, bytes', async () => {
    const script = `import sys
out = sys.stdout.buffer
out.write(b"\\xff\\xfe bytes\\n")
out.write(b"50%\\r100%\\x1b[0m\\n")
out.write(b"L" * 300000 + b"\\n")
out.write("".join(f"line {i}\\n" for i in range(20000)).encode())
out.write(b"without end")
`;
    await createTraining(server, 'loud', { 'train.py': script });
    await trained(server, 'loud');
    const said = await lines('TrainingJobs', 'loud');
    expect(said[0]).toBe('\ufffd\ufffd bytes');
    expect(said[1]).toBe('50%#015100%#033[0m');
    expect(said.filter((line) => /^L+$/.test(line)).join('')).toHaveLength(300_000);
    expect(said.filter((line) => line.startsWith('line '))).toEqual(
      Array.from({ length: 20_000 }, (_, i) => `line ${i}`),
    );
    expect(said).toContain('without end');
  });

  it('leaves no process behind, also none that moved to a session of its own', async () => {
    const script = `import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.close(1); os.close(2)
        time.sleep(300)
    os._exit(0)
print("parent", flush=True)
child = os.fork()
if child == 0: time.sleep(300)
print("child", child, flush=True)
`;
    await createTraining(server, 'strays', { 'train.py': script });
    expect(await trained(server, 'strays')).toMatchObject({ TrainingJobStatus: 'Completed' });
    const child = (await lines('TrainingJobs', 'strays')).find((line) => line.startsWith('child '));
    await eventually(async () => !alive(Number(child!.split(' ')[1])) || undefined);
  });

  it('that is killed is Failed, and one that exits by itself too, in the words of the toolkit', async () => {
    await createTraining(server, 'killed', { 'train.py': 'import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n' });
    const job = await trained(server, 'killed');
    expect(job.FailureReason).toMatch(/^AlgorithmError: ExecuteUserScriptError:\nExitCode 137\n[\s\S]*exit code: 137$/);
    expect(job.SecondaryStatusTransitions!.at(-1)).toMatchObject({
      Status: 'Failed',
      StatusMessage: 'Training job failed',
    });
  });

  it('uploads its model uncompressed where that is asked for', async () => {
    const script = `import os
os.makedirs(os.environ["SM_MODEL_DIR"] + "/a")
open(os.environ["SM_MODEL_DIR"] + "/a/m", "w").write("m")
`;
    const OutputDataConfig = { S3OutputPath: server.bucket.uri('out'), CompressionType: 'NONE' } as const;
    await createTraining(server, 'loose', { 'train.py': script }, { OutputDataConfig });
    const job = await trained(server, 'loose');
    expect(job.ModelArtifacts!.S3ModelArtifacts).toBe(server.bucket.uri('out/loose/output/model/'));
    expect(await server.bucket.keys('out/loose')).toEqual(['out/loose/output/model/a/m']);
  });

  it('cannot be uploaded to a bucket that is not there: the reason names it', async () => {
    const OutputDataConfig = { S3OutputPath: 's3://no-such-bucket-here/out' };
    await createTraining(server, 'no-bucket', { 'train.py': '' }, { OutputDataConfig });
    const job = await trained(server, 'no-bucket');
    expect(job.FailureReason).toMatch(/^ClientError: Artifact upload failed: s3:\/\/no-such-bucket-here.*NoSuchBucket/);
  });

  it('finds what scripts import of the toolkits, and runs packages and shell scripts as they do', async () => {
    const script = `from sagemaker_training import environment
from sagemaker_containers.beta.framework import content_types, encoders, worker
from sagemaker_xgboost_container.data_utils import get_dmatrix
env = environment.Environment()
print("toolkit", env.current_host, env.hyperparameters["depth"] + 1, sorted(env.channel_input_dirs))
`;
    const HyperParameters = { depth: '3', sagemaker_program: 'pkg/main.py' };
    const files = { 'pkg/main.py': script, 'pkg/__init__.py': '', 'setup.py': '' };
    await createTraining(server, 'package', files, { HyperParameters });
    const shell = { 'go.sh': 'echo shell "$@"\n' };
    await createTraining(server, 'shell', shell, { HyperParameters: { a: 'b c', sagemaker_program: 'go.sh' } });
    expect((await trained(server, 'package')).FailureReason).toBeUndefined();
    expect(await lines('TrainingJobs', 'package')).toContain("toolkit algo-1 4 ['train']");
    expect((await trained(server, 'shell')).FailureReason).toBeUndefined();
    expect(await lines('TrainingJobs', 'shell')).toContain('shell -a b c');
  });

  it('of the built-in algorithm refuses hyperparameters that AWS refuses', async () => {
    const data = await server.bucket.put('built-in-errors/train.csv', '1,2\n0,1\n');
    const attempts = {
      eta: { eta: '7' },
      unknown: { nonsense: '7' },
      text: { max_depth: 'abc' },
      none: { num_round: '' },
    };
    for (const [name, wrong] of Object.entries(attempts)) {
      const HyperParameters = { num_round: '2', sagemaker_program: '', ...wrong };
      await createTraining(
        server,
        `built-in-${name}`,
        { a: '' },
        { HyperParameters, InputDataConfig: [channel('train', data)] },
      );
    }
    const reason = async (name: string) => (await trained(server, `built-in-${name}`)).FailureReason;
    expect(await reason('eta')).toContain('Hyperparameter eta: 7.0 is not in [0, 1]');
    expect(await reason('unknown')).toContain('Extraneous hyperparameter found: nonsense');
    expect(await reason('text')).toContain('Hyperparameter max_depth: could not parse value');
  });
});

describe('what training jobs take', () => {
  const create = (name: string, extra: Parameters<typeof createTraining>[3]) =>
    createTraining(server, name, { 'train.py': '' }, extra);
  const data = () => channel('train', server.bucket.uri('data/'));

  it('refuses modes and members that cannot be run, by name', async () => {
    await expect(create('pipe', { InputDataConfig: [{ ...data(), InputMode: 'Pipe' }] })).rejects.toThrow('Pipe mode');
    await expect(create('gzip', { InputDataConfig: [{ ...data(), CompressionType: 'Gzip' }] })).rejects.toThrow(
      'CompressionType that is for Pipe mode only',
    );
    const groups: ResourceConfig['InstanceGroups'] = [
      { InstanceType: 'ml.m5.large', InstanceCount: 1, InstanceGroupName: 'g' },
    ];
    const twice: ResourceConfig = { ...instances(1), InstanceGroups: groups };
    await expect(create('groups', { ResourceConfig: twice })).rejects.toThrow('not both');
  });

  it('fills what DescribeTrainingJob always has', async () => {
    await create('defaults', { StoppingCondition: undefined });
    const job = await server.sageMaker.send(new DescribeTrainingJobCommand({ TrainingJobName: 'defaults' }));
    expect(job).toMatchObject({
      OutputDataConfig: { KmsKeyId: '', CompressionType: 'GZIP' },
      StoppingCondition: { MaxRuntimeInSeconds: 86_400 },
      InputDataConfig: [{ CompressionType: 'None', RecordWrapperType: 'None' }],
    });
  });

  it('gives FastFile data that cannot be written, where the kernel can hold a script to that', async ({ skip }) => {
    const script = `import os
path = os.environ["SM_CHANNEL_TRAIN"]
print("read", open(path + "/a.csv").read().strip(), path)
try: open(path + "/new", "w")
except OSError as error: print("refused", error.errno)
`;
    const InputDataConfig = [{ ...data(), InputMode: 'FastFile' as const }];
    await createTraining(server, 'fast-file', { 'train.py': script }, { InputDataConfig });
    expect((await trained(server, 'fast-file')).FailureReason).toBeUndefined();
    const said = await lines('TrainingJobs', 'fast-file');
    expect(said.some((line) => line.startsWith('read 1,2'))).toBe(true);
    if (!said.includes('read 1,2 /opt/ml/input/data/train')) skip('this kernel has no user namespaces');
    expect(said).toContain('refused 30');
  });
});

describe('a processing job', () => {
  it('runs a process an instance and collects what they wrote; its message and its configuration are as on AWS', async () => {
    const script = `import json, os
base = os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml")
resources = json.load(open(base + "/config/resourceconfig.json"))
config = json.load(open(base + "/config/processingjobconfig.json"))
host = resources["current_host"]
open(base + "/processing/out/" + host, "w").write(json.dumps([resources["hosts"], config["ProcessingInputs"][0]["S3Input"]["S3DataDistributionType"]]))
os.makedirs(base + "/output", exist_ok=True)
open(base + "/output/message", "w").write("well done")
`;
    const ClusterConfig = { InstanceCount: 2, InstanceType: 'ml.m5.large', VolumeSizeInGB: 5 } as const;
    const job = await processing(server, 'two-processors', script, { ProcessingResources: { ClusterConfig } });
    expect(job).toMatchObject({ ProcessingJobStatus: 'Completed', ExitMessage: 'well done' });
    const wrote = async (host: string) => JSON.parse(await server.bucket.get(`out/two-processors/${host}`));
    expect(await wrote('algo-1')).toEqual([['algo-1', 'algo-2'], 'FullyReplicated']);
    expect(await wrote('algo-2')).toEqual([['algo-1', 'algo-2'], 'FullyReplicated']);
    expect(server.metrics.map(({ dimensions }) => dimensions.Host)).toContain('two-processors/algo-2');
  });

  it('takes no path outside of /opt/ml/processing, and no name twice', async () => {
    const S3Input = { S3DataType: 'S3Prefix', S3InputMode: 'File', S3Uri: server.bucket.uri('data/') } as const;
    const input = (InputName: string, LocalPath: string) => ({ InputName, S3Input: { ...S3Input, LocalPath } });
    const outside = [input('a', '/tmp/foo')];
    await expect(processing(server, 'outside', '', { ProcessingInputs: outside })).rejects.toThrow(
      'below /opt/ml/processing',
    );
    const twice = [input('a', '/opt/ml/processing/a'), input('a', '/opt/ml/processing/b')];
    await expect(processing(server, 'twice', '', { ProcessingInputs: twice })).rejects.toThrow("'a' is there twice");
  });
});

describe('a transform job', () => {
  it('serves on several instances, says how in its data log, and shows the model its settings', async () => {
    const inference = `import os
def model_fn(d): return 1
def transform_fn(m, body, kind, accept):
    return ",".join(os.environ["SAGEMAKER_" + n] for n in ("BATCH_STRATEGY", "MAX_PAYLOAD_IN_MB", "MAX_CONCURRENT_TRANSFORMS")), accept
`;
    const model = await createModel(server, 'tells-settings', inference);
    for (const key of ['a', 'b', 'c']) await server.bucket.put(`batch/${key}.csv`, 'x\n');
    await server.sageMaker.send(
      new CreateTransformJobCommand({
        TransformJobName: 'settings',
        ModelName: model,
        BatchStrategy: 'SingleRecord',
        MaxConcurrentTransforms: 2,
        TransformInput: {
          ContentType: 'text/csv',
          SplitType: 'Line',
          DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: server.bucket.uri('batch/') } },
        },
        TransformOutput: { S3OutputPath: server.bucket.uri('batch-out'), AssembleWith: 'Line' },
        TransformResources: { InstanceType: 'ml.m5.large', InstanceCount: 2 },
      }),
    );
    const describeJob = new DescribeTransformJobCommand({ TransformJobName: 'settings' });
    const job = await eventually(async () => {
      const found = await server.sageMaker.send(describeJob);
      return found.TransformJobStatus === 'InProgress' ? undefined : found;
    });
    expect(job.FailureReason).toBeUndefined();
    expect(job.DataProcessing).toEqual({ InputFilter: '$', OutputFilter: '$', JoinSource: 'None' });
    expect(await server.bucket.keys('batch-out/')).toHaveLength(3);
    expect(await server.bucket.get('batch-out/a.csv.out')).toBe('SINGLE_RECORD,6,2\n');
    const said = await events('TransformJobs', 'settings/');
    const data = said.filter(({ stream }) => /^settings\/i-[0-9a-f]+-\d+\/data-log$/.test(stream));
    expect(data).toHaveLength(2);
    expect(data[0]!.message).toMatch(
      /^[\d-]+T[\d:.]+:\[sagemaker logs\]: MaxConcurrentTransforms=2, MaxPayloadInMB=6, BatchStrategy=SINGLE_RECORD$/,
    );
  });

  it('fails where a framework image has no model_fn, as on AWS', async () => {
    const model = await createModel(server, 'no-model-fn', 'def predict_fn(data, model): return data\n', {
      PrimaryContainer: {
        Image: SKLEARN,
        ModelDataUrl: await server.bucket.putArchive('m/n.tar.gz', { 'code/inference.py': '' }),
      },
    });
    await server.sageMaker.send(
      new CreateTransformJobCommand({
        TransformJobName: 'no-model-fn',
        ModelName: model,
        TransformInput: {
          DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: server.bucket.uri('batch/') } },
        },
        TransformOutput: { S3OutputPath: server.bucket.uri('none') },
        TransformResources: { InstanceType: 'ml.m5.large', InstanceCount: 1 },
      }),
    );
    await eventually(async () => {
      const found = await server.sageMaker.send(new DescribeTransformJobCommand({ TransformJobName: 'no-model-fn' }));
      return found.TransformJobStatus === 'Failed' || undefined;
    });
    expect((await lines('TransformJobs', 'no-model-fn')).join('\n')).toContain('Please provide a model_fn');
  });
});
