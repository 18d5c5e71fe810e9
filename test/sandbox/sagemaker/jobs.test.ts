// Over 300 lines: one table of cases after another for the texts that a job is told of itself.
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tar from 'tar';
import { describe, expect, it } from 'vitest';
import { scopeOf } from '../../../sandbox/src/sagemaker/api/scope';
import { insideOf, parseS3Uri } from '../../../sandbox/src/sagemaker/aws/s3';
import { extractArchive } from '../../../sandbox/src/sagemaker/inference/archive';
import { clusterOf } from '../../../sandbox/src/sagemaker/jobs/cluster';
import {
  trainingEnvironment,
  userArguments,
  userHyperparameters,
} from '../../../sandbox/src/sagemaker/jobs/environment';
import { MetricReader } from '../../../sandbox/src/sagemaker/jobs/metrics';
import { pythonArgument } from '../../../sandbox/src/sagemaker/jobs/python-text';
import { JobQueue } from '../../../sandbox/src/sagemaker/jobs/queue';
import { ContainerHost, rewritePaths } from '../../../sandbox/src/sagemaker/processes/container';
import { NO_ISOLATION } from '../../../sandbox/src/sagemaker/processes/isolation';

const scope = { accountId: '000000000000', region: 'eu-west-1' };

describe('the training environment', () => {
  const hyperparameters = {
    depth: '3',
    eta: '0.1',
    name: '"text"',
    on: 'true',
    n: '1',
    list: '[1, 2.0, "a"]',
    map: '{"b": 1e-7, "a": null}',
    empty: '',
    'dashed-name': 'é',
    sagemaker_program: 'train.py',
    sagemaker_parameter_server_enabled: 'true',
  };
  const cluster = clusterOf({ InstanceType: 'ml.m5.large', InstanceCount: 2 });
  const environment = trainingEnvironment({
    jobName: 'job',
    jobArn: 'arn:job',
    region: 'eu-west-1',
    cluster,
    host: cluster[1]!,
    cpus: 2,
    hyperparameters,
    inputDataConfig: { train: {}, 'my-data': {} },
    userEnvironment: { OWN: 'x' },
    program: 'train.py',
    moduleDir: 's3://b/source.tar.gz',
    framework: 'f',
    path: (path) => path,
  });

  it('names channels, folders, hosts and the job as the toolkit does', () => {
    expect(environment).toMatchObject({
      SM_CHANNEL_TRAIN: '/opt/ml/input/data/train',
      'SM_CHANNEL_MY-DATA': '/opt/ml/input/data/my-data',
      SM_CHANNELS: '["my-data","train"]',
      SM_MODEL_DIR: '/opt/ml/model',
      SM_OUTPUT_DATA_DIR: '/opt/ml/output/data',
      SM_HOSTS: '["algo-1","algo-2"]',
      SM_CURRENT_HOST: 'algo-2',
      SM_CURRENT_INSTANCE_TYPE: 'ml.m5.large',
      SM_IS_HETERO: 'false',
      SM_NUM_CPUS: '2',
      SM_USER_ENTRY_POINT: 'train.py',
      SM_MODULE_NAME: 'train',
      SM_LOG_LEVEL: '20',
      TRAINING_JOB_NAME: 'job',
      OWN: 'x',
    });
    expect(JSON.parse(environment.SM_TRAINING_ENV!)).toMatchObject({
      is_master: false,
      master_hostname: 'algo-1',
      channel_input_dirs: { train: '/opt/ml/input/data/train' },
      additional_framework_parameters: { sagemaker_parameter_server_enabled: true },
      hyperparameters: { depth: 3 },
    });
  });

  it("gives the script its hyperparameters as Python reads them, without the container's own", () => {
    expect(JSON.parse(environment.SM_HPS!)).toEqual({
      depth: 3,
      eta: 0.1,
      name: 'text',
      on: true,
      n: 1,
      list: [1, 2, 'a'],
      map: { b: 1e-7, a: null },
      empty: '',
      'dashed-name': 'é',
    });
    expect(environment).toMatchObject({
      SM_HP_DEPTH: '3',
      SM_HP_LIST: '[1,2.0,"a"]',
      SM_HP_MAP: '{"a":null,"b":1e-07}',
      'SM_HP_DASHED-NAME': 'é',
    });
    const given = Object.fromEntries(
      userArguments(userHyperparameters(hyperparameters))
        .join('\n')
        .split(/^-+(?=[a-z])/m)
        .filter(Boolean)
        .map((pair) => pair.replace(/\n$/, '').split('\n')),
    );
    expect(given).toEqual({
      'dashed-name': 'é',
      depth: '3',
      empty: '',
      eta: '0.1',
      list: "[1, 2.0, 'a']",
      map: 'a=None,b=1e-07',
      n: '1',
      name: 'text',
      on: 'True',
    });
  });
});

describe('python text', () => {
  // What python3 -c 'import json,sys; print(str(json.loads(sys.argv[1])))' prints.
  it.each([
    ['1.0', '1.0'],
    ['1e16', '1e+16'],
    ['0.00001', '1e-05'],
    ['123456789012345678901234567890', '123456789012345678901234567890'],
    ['NaN', 'nan'],
    ['-Infinity', '-inf'],
    ['[true, null, "it\'s"]', '[True, None, "it\'s"]'],
    ['not json', 'not json'],
  ])('of %s is %s', (hyperparameter, text) => {
    expect(pythonArgument(hyperparameter)).toBe(text);
  });
});

describe('metrics', () => {
  it('keep the last value of each definition', () => {
    const reader = new MetricReader([{ Name: 'auc', Regex: 'auc=([0-9.]+)' }]);
    for (const line of ['auc=0.5', 'noise', 'auc=0.75']) reader.read(line, 9);
    expect(reader.final()).toEqual([{ MetricName: 'auc', Value: 0.75, Timestamp: 9 }]);
  });

  it("are read from the built-in algorithm's lines", () => {
    const reader = new MetricReader([]);
    reader.read('[3]#011train-auc:0.91#011validation-error@0.5:1e-3', 1, true);
    expect(reader.final().map(({ MetricName, Value }) => [MetricName, Value])).toEqual([
      ['train:auc', 0.91],
      ['validation:error@0.5', 0.001],
    ]);
  });
});

describe('the job queue', () => {
  it('runs so many at once, the rest in order, and forgets one that is taken out', async () => {
    const queue = new JobQueue(1);
    const begun: string[] = [];
    const release: (() => void)[] = [];
    const job = (id: string) => () => {
      begun.push(id);
      return new Promise<void>((resolve) => release.push(resolve));
    };
    for (const id of ['a', 'b', 'c']) queue.add(id, job(id));
    expect(begun).toEqual(['a']);
    expect(queue.remove('b')).toBe(true);
    expect(queue.remove('a')).toBe(false);
    release[0]!();
    await expect.poll(() => begun).toEqual(['a', 'c']);
    release[1]!();
    await queue.idle();
    await expect.poll(() => queue.size).toBe(0);
  });
});

describe('paths', () => {
  it('of the container become those of the job folder where nothing can be mounted', () => {
    expect(rewritePaths('--in=/opt/ml/input:/opt/ml/model', '/j')).toBe('--in=/j/input:/j/model');
    expect(rewritePaths('/opt/mlflow /usr/opt/ml /opt/ml', '/j')).toBe('/opt/mlflow /usr/opt/ml /j');
    expect(rewritePaths('s3://bucket/opt/ml/x', '/j')).toBe('s3://bucket/opt/ml/x');
  });

  it('of object keys never lead out of their folder', () => {
    expect(insideOf('/a/b', 'c/../d')).toBe('/a/b/d');
    expect(() => insideOf('/a/b', '../bc')).toThrow('leads out of its folder');
  });

  it('of S3 are taken apart, and others are refused', () => {
    expect(parseS3Uri('s3://bucket/a/b')).toEqual({ bucket: 'bucket', key: 'a/b' });
    expect(() => parseS3Uri('bucket/a')).toThrow('is not an S3 URI');
  });
});

describe('model archives', () => {
  const make = async (write: (dir: string) => Promise<unknown>, entries: string[], options: object = {}) => {
    const dir = await mkdtemp(join(tmpdir(), 'sagemaker-archive-'));
    const [source, target] = [join(dir, 'a', 'source'), join(dir, 'target')];
    await mkdir(source, { recursive: true });
    await write(source);
    const file = join(dir, 'm.tar.gz');
    await tar.create({ gzip: true, file, cwd: source, ...options }, entries);
    return { file, target };
  };

  it('are unpacked', async () => {
    const { file, target } = await make((dir) => writeFile(join(dir, 'model'), 'm'), ['model']);
    await extractArchive(file, target, 'It');
    expect(await readdir(target)).toEqual(['model']);
  });

  it('that climb out of their folder are refused as a whole', async () => {
    const write = async (dir: string) => {
      await writeFile(join(dir, '..', 'evil'), 'x');
      await writeFile(join(dir, 'model'), 'm');
    };
    const { file, target } = await make(write, ['model', '../evil'], { preservePaths: true });
    await expect(extractArchive(file, target, 'It')).rejects.toThrow('lead out of its folder or are no files: ../evil');
    expect(await readdir(target)).toEqual([]);
  });

  it('that are none are named', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'sagemaker-archive-'));
    await writeFile(join(dir, 'x.tar.gz'), 'no archive at all');
    await expect(extractArchive(join(dir, 'x.tar.gz'), dir, 'The archive')).rejects.toThrow(
      'The archive is not a readable tar.gz archive',
    );
  });
});

describe('processes', () => {
  const run = async (script: string, networkIsolation = false) => {
    const folder = await mkdtemp(join(tmpdir(), 'sagemaker-process-'));
    const lines: string[] = [];
    const host = new ContainerHost(NO_ISOLATION, '/usr/bin/python3', 'http://127.0.0.1:1');
    const process = await host.start({
      folder,
      command: ['/bin/sh', '-c', script],
      cwd: '/opt/ml',
      environment: { DATA: '/opt/ml/data' },
      networkIsolation,
      scope,
      onLine: (line) => lines.push(line),
    });
    return { process, lines, folder };
  };

  it("see nothing of the host's environment", async () => {
    process.env.SAGEMAKER_TEST_SECRET = 'secret';
    const { process: job, lines, folder } = await run('env; exit 3');
    expect(await job.exited).toEqual({ code: 3 });
    delete process.env.SAGEMAKER_TEST_SECRET;
    expect(lines).toContain(`DATA=${folder}/data`);
    expect(lines).toContain('AWS_ENDPOINT_URL=http://127.0.0.1:1');
    expect(lines.join('\n')).not.toContain('secret');
  });

  it('get no credentials when they are isolated', async () => {
    const { process: job, lines } = await run('env', true);
    await job.exited;
    expect(lines.filter((line) => /^AWS_(ACCESS|SECRET|ENDPOINT)/.test(line))).toEqual([]);
    expect(lines.join('\n')).toContain('network isolation is not enforced here');
  });

  it('that ignore SIGTERM are killed with all that they started', async () => {
    const { process: job, lines } = await run("trap '' TERM; sleep 100 & echo $!; wait; wait; sleep 100");
    await expect.poll(() => lines.some((line) => /^\d+$/.test(line))).toBe(true);
    expect((await job.stop(50)).signal).toBe('SIGKILL');
    const child = Number(lines.find((line) => /^\d+$/.test(line)));
    await expect.poll(() => alive(child)).toBe(false);
  });

  it('that cannot be started end with code 127 and the reason', async () => {
    const host = new ContainerHost(NO_ISOLATION, '/usr/bin/python3', 'http://127.0.0.1:1');
    const lines: string[] = [];
    const folder = await mkdtemp(join(tmpdir(), 'sagemaker-process-'));
    const spec = { folder, cwd: '/opt/ml', environment: {}, networkIsolation: false, scope };
    const job = await host.start({ ...spec, command: ['no-such-command'], onLine: (line) => lines.push(line) });
    expect((await job.exited).code).toBe(127);
    expect(lines.at(-1)).toContain('no-such-command could not be started');
  });
});

// A process that has ended may stay in the table until its new parent reads its status.
function alive(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout.trim() !== '' && !stdout.trim().startsWith('Z');
}

describe('the scope of a request', () => {
  const authorization = (key: string) =>
    `AWS4-HMAC-SHA256 Credential=${key}/20260102/eu-central-1/sagemaker/aws4_request, SignedHeaders=host, Signature=x`;

  it('is read from its signature', () => {
    expect(scopeOf({ authorization: authorization('111122223333') }, scope)).toEqual({
      accountId: '111122223333',
      region: 'eu-central-1',
    });
  });

  it('is the default where the signature does not tell', () => {
    expect(scopeOf({ authorization: authorization('test') }, scope).accountId).toBe('000000000000');
    expect(scopeOf({}, scope)).toEqual(scope);
  });
});
