import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { S3, S3DataError, S3ServiceError } from '../../../sandbox/src/sagemaker/aws/s3';
import { clusterOf, networkOf, resourceConfig } from '../../../sandbox/src/sagemaker/jobs/cluster';
import { ContainerHost } from '../../../sandbox/src/sagemaker/processes/container';
import type { ContainerSpec } from '../../../sandbox/src/sagemaker/processes/container-spec';
import { instanceSize } from '../../../sandbox/src/sagemaker/processes/instance-types';
import { NO_ISOLATION, probeIsolation } from '../../../sandbox/src/sagemaker/processes/isolation';
import { escapeControls } from '../../../sandbox/src/sagemaker/processes/lines';
import { parseStat } from '../../../sandbox/src/sagemaker/processes/process-table';

const scope = { accountId: '000000000000', region: 'eu-west-1' };
const newHost = (memory?: number) =>
  new ContainerHost(NO_ISOLATION, '/usr/bin/python3', 'http://127.0.0.1:4566', memory);

async function specOf(extra: Partial<ContainerSpec>): Promise<ContainerSpec & { lines: string[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'sagemaker-container-'));
  const lines: string[] = [];
  const onLine = (line: string) => void lines.push(line);
  const how = { command: ['true'], cwd: '/opt/ml', environment: {}, networkIsolation: false };
  return { folder, scope, onLine, lines, ...how, ...extra };
}

const alive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('a container', () => {
  it('is counted with all that it starts, and told apart by its label while it runs', async () => {
    const host = newHost();
    const label = { name: 'job', kind: 'training-job', host: 'algo-1' } as const;
    const busy = 'sh -c "while :; do :; done" & sleep 100';
    const container = await host.start(await specOf({ command: ['/bin/sh', '-c', busy], label }));
    await expect.poll(() => host.running()[0]?.cpuSeconds ?? 0, { timeout: 10_000 }).toBeGreaterThan(0.1);
    expect(host.running()).toMatchObject([{ ...label, pid: container.pid }]);
    expect(host.running()[0]!.peakMemoryBytes).toBeGreaterThanOrEqual(host.running()[0]!.memoryBytes);
    await container.stop(0);
    expect(host.running()).toEqual([]);
    expect(container.usage().memoryBytes).toBe(0);
    host.close();
  });

  it('that takes too much memory is killed, and says so', async () => {
    const host = newHost(60 * 2 ** 20);
    const script = 'import time; x = b"x" * (90 * 2**20); time.sleep(100)';
    const container = await host.start(await specOf({ command: ['python3', '-c', script] }));
    expect(await container.exited).toEqual({ code: 137, signal: 'SIGKILL', outOfMemory: true });
    expect(container.usage().peakMemoryBytes).toBeGreaterThan(60 * 2 ** 20);
    host.close();
  });

  it('has the CPUs of its instance, as far as this machine has them', async () => {
    const host = newHost();
    const spec = await specOf({ command: ['nproc'], size: { vCpus: 1, memoryBytes: 2 ** 40 } });
    await (await host.start(spec)).exited;
    if (process.platform === 'linux') expect(spec.lines).toContain('1');
    expect(host.cpusOf({ vCpus: 1000, memoryBytes: 1 })).toBeLessThan(1000);
    host.close();
  });

  it('keeps variables whose names a shell would drop', async () => {
    const host = new ContainerHost(await probeIsolation(), '/usr/bin/python3', 'http://127.0.0.1:4566');
    const environment = { 'SM_HP_LEARNING-RATE': '0.1', SM_HP_DEPTH: '3' };
    const spec = await specOf({ command: ['printenv', ...Object.keys(environment)], environment });
    expect(await (await host.start(spec)).exited).toEqual({ code: 0 });
    expect(spec.lines).toEqual(expect.arrayContaining(['0.1', '3']));
    host.close();
  });

  it('ends with the program that started it, also when that is killed', async () => {
    const program = fileURLToPath(new URL('./support/container-program.ts', import.meta.url));
    const child = spawn(process.execPath, ['--import', 'tsx', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const [container, stray] = [Number((await lines.next()).value), Number((await lines.next()).value)];
    expect(alive(container) && alive(stray)).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await expect.poll(() => alive(container), { timeout: 10_000 }).toBe(false);
    // What moved to a session of its own can be told only where /proc shows environments.
    if (process.platform === 'linux') await expect.poll(() => alive(stray), { timeout: 10_000 }).toBe(false);
    else process.kill(stray, 'SIGKILL');
  });
});

describe('an image that is mapped to docker', () => {
  const { PATH } = process.env;
  afterEach(() => {
    process.env.PATH = PATH;
  });

  /** A `docker` that notes its arguments and runs the command itself. */
  async function fakeDocker(serverVersion: string): Promise<{ calls: () => Promise<string[][]> }> {
    const dir = await mkdtemp(join(tmpdir(), 'fake-docker-'));
    const file = join(dir, 'docker');
    await writeFile(
      file,
      `#!/bin/sh
printf '%s\\n' "$*" | tr '\\n' ' ' >> ${dir}/calls; echo >> ${dir}/calls
case $1 in
  version) ${serverVersion} ;;
  image) exit 1 ;;
  run) sleep 100 & echo $! > "${dir}/$5"; echo "in the image"; wait $! ; exit 143 ;;
  stop) kill $(cat "${dir}/$4") ;;
esac
`,
    );
    await chmod(file, 0o755);
    process.env.PATH = `${dir}${delimiter}${PATH}`;
    const calls = async () =>
      (await readFile(join(dir, 'calls'), 'utf8'))
        .trim()
        .split('\n')
        .map((line) => line.trim().split(' '));
    return { calls };
  }

  it('is run by the engine: contract, limits, network, entry point; pulled before, stopped, cleared away', async () => {
    const { calls } = await fakeDocker('echo 28.0');
    const host = newHost();
    const spec = await specOf({
      image: { uri: 'reg.example/own:1', entrypoint: ['python', '-u'] },
      command: ['train'],
      environment: { OWN: 'x' },
      size: instanceSize('ml.t3.medium'),
      network: networkOf(clusterOf({ InstanceType: 'ml.t3.medium' }))(clusterOf({ InstanceType: 'ml.t3.medium' })[0]!),
    });
    const container = await host.start(spec);
    await expect.poll(() => spec.lines).toContain('in the image');
    expect((await container.stop(30_000)).code).toBe(143);
    const verbs = ['version', 'image', 'pull', 'run', 'stop', 'rm'];
    await expect.poll(async () => (await calls()).map(([verb]) => verb)).toEqual(verbs);
    const made = await calls();
    const run = made[3]!.join(' ');
    expect(run).toContain(`--volume ${spec.folder}:/opt/ml`);
    expect(run).toMatch(/--cpus [12] --memory 4294967296b --memory-swap 4294967296b --network host/);
    expect(run).toMatch(/--add-host algo-1:127\.\d+\.0\.1/);
    expect(run).toContain('--env AWS_ENDPOINT_URL=http://127.0.0.1:4566');
    expect(run).toMatch(/--env OWN=x --entrypoint python reg\.example\/own:1 -u train$/);
    expect(made[4]!.slice(0, 3)).toEqual(['stop', '--time', '30']);
    host.close();
  });

  it('that serves has a network of its own; one without network reaches nothing', async () => {
    const { calls } = await fakeDocker('echo 28.0');
    const host = newHost();
    const image = { uri: 'reg.example/own:1' };
    const serving = await host.start(await specOf({ image, command: ['serve'], publish: 4711 }));
    const isolated = await host.start(await specOf({ image, command: ['train'], networkIsolation: true }));
    await expect.poll(async () => (await calls()).filter(([verb]) => verb === 'run').length).toBe(2);
    const [first, second] = (await calls()).filter(([verb]) => verb === 'run').map((call) => call.join(' '));
    expect(first).toContain('--publish 127.0.0.1:4711:8080 --add-host host.docker.internal:host-gateway');
    expect(first).toContain('AWS_ENDPOINT_URL=http://host.docker.internal:4566');
    expect(second).toContain('--network none');
    expect(second).not.toContain('AWS_SECRET_ACCESS_KEY');
    await Promise.all([serving.stop(0), isolated.stop(0)]);
    host.close();
  });

  it('is refused with the reason where no engine answers', async () => {
    await fakeDocker('echo "Cannot connect to the Docker daemon" >&2; exit 1');
    const spec = await specOf({ image: { uri: 'reg.example/own:1' }, command: ['train'] });
    await expect(newHost().start(spec)).rejects.toThrow(
      /no Docker engine answers \(Cannot connect to the Docker daemon\)/,
    );
  });
});

describe('the parts of a container', () => {
  it.each([
    ['ml.m5.large', 2, 8],
    ['ml.m5.24xlarge', 96, 384],
    ['ml.t3.medium', 2, 4],
    ['ml.c5.9xlarge', 36, 72],
    ['ml.r5.2xlarge', 8, 64],
    ['ml.p3.2xlarge', 8, 61],
  ])('%s has %i CPUs and %i GiB', (type, vCpus, gib) => {
    expect(instanceSize(type)).toEqual({ vCpus, memoryBytes: gib * 2 ** 30 });
  });

  it('has no size for a type that is not in the table', () => {
    expect(instanceSize('ml.made.up')).toBeUndefined();
    expect(instanceSize('local')).toBeUndefined();
  });

  it("reads a process's line whatever its name is", () => {
    const stat = '42 (a) b (c) S 7 8 9 0 -1 0 0 0 0 0 150 50 30 20 20 0 1 0 12345 1000 3 0';
    expect(parseStat(stat)).toMatchObject({
      pid: 42,
      parent: 7,
      group: 8,
      session: 9,
      started: '12345',
      cpuSeconds: 2,
    });
  });

  it('writes control characters as the log agent does', () => {
    expect(escapeControls('a\tb\rc\u001b[0m é')).toBe('a#011b#015c#033[0m é');
  });

  it('tells each host of a group who it is', () => {
    const cluster = clusterOf({
      InstanceGroups: [
        { InstanceGroupName: 'g', InstanceType: 'ml.m5.large', InstanceCount: 1 },
        { InstanceGroupName: 'h', InstanceType: 'ml.c5.xlarge', InstanceCount: 2 },
      ],
    });
    expect(resourceConfig(cluster, cluster[2]!)).toEqual({
      current_host: 'algo-3',
      current_instance_type: 'ml.c5.xlarge',
      current_group_name: 'h',
      hosts: ['algo-1', 'algo-2', 'algo-3'],
      instance_groups: [
        { instance_group_name: 'g', instance_type: 'ml.m5.large', hosts: ['algo-1'] },
        { instance_group_name: 'h', instance_type: 'ml.c5.xlarge', hosts: ['algo-2', 'algo-3'] },
      ],
      network_interface_name: 'eth0',
    });
  });

  it("tells S3's own failure from the request's", async () => {
    const gone = new S3('http://127.0.0.1:1');
    await expect(gone.put(scope, 's3://b/k', 'x')).rejects.toBeInstanceOf(S3ServiceError);
    await expect(gone.put(scope, 'b/k', 'x')).rejects.toBeInstanceOf(S3DataError);
  });
});
