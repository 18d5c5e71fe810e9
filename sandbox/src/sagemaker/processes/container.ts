import { cpus } from 'node:os';
import { dirname } from 'node:path';
import { asRoot, type CredentialsFor } from '../iam/as-role';
import { reachableApis } from './api-urls';
import type { ContainerImage, ContainerLabel, ContainerProcess, ContainerSpec } from './container-spec';
import { dockerEndpoint, dockerRun, dockerSettings } from './docker';
import type { InstanceSize } from './instance-types';
import { type Isolation, isolated } from './isolation';
import { type Launched, launch } from './launch';
import { Meter, type Usage } from './meter';
import { machineMemory } from './process-table';
import { Reaper } from './reaper';
import { signalGroup, signalProcess } from './signals';

const OPT_ML = '/opt/ml';
const DOCKER_LATE_MS = 10_000;

/** A container that runs, and what it takes. */
export interface RunningContainer extends ContainerLabel, Usage {
  readonly pid: number;
}

/** Starts processes the way this machine can. */
export class ContainerHost {
  private readonly meter = new Meter();
  private readonly reaper = new Reaper();
  private readonly labelled = new Map<ContainerProcess, ContainerLabel>();
  private readonly credentials: CredentialsFor = asRoot;
  private readonly turn = { cpu: 0 };

  constructor(
    readonly isolation: Isolation,
    private readonly python: string,
    private readonly endpointUrl: string,
    /** The most memory of one container, whatever its instance type. */
    private readonly maxMemoryBytes = machineMemory(),
  ) {}

  /** The same host, whose processes hold other credentials. */
  as(credentials: CredentialsFor): ContainerHost {
    return Object.create(this, { credentials: { value: credentials } });
  }

  /** What runs now. */
  running(): RunningContainer[] {
    return [...this.labelled].map(([process, label]) => ({ ...label, pid: process.pid, ...process.usage() }));
  }

  /** The CPUs that a container of this size has here. */
  cpusOf(size: InstanceSize | undefined): number {
    return Math.min(size?.vCpus ?? cpus().length, cpus().length);
  }

  /** The memory that a container of this size has here. */
  memoryOf(size: InstanceSize | undefined): number {
    return Math.min(size?.memoryBytes ?? this.maxMemoryBytes, this.maxMemoryBytes);
  }

  close(): void {
    this.reaper.close();
  }

  /** The path under which a process sees `/opt/ml/...`. */
  path(folder: string, optMl: string): string {
    if (this.isolation.mounts) return optMl;
    return optMl === OPT_ML || optMl.startsWith(`${OPT_ML}/`) ? folder + optMl.slice(OPT_ML.length) : optMl;
  }

  async start(spec: ContainerSpec): Promise<ContainerProcess> {
    if (spec.image) return this.startImage(spec, spec.image);
    const rewrite = (text: string) => (this.isolation.mounts ? text : rewritePaths(text, spec.folder));
    this.explain(spec);
    const cwd = rewrite(spec.cwd);
    const environment = Object.fromEntries(
      Object.entries({
        ...(await this.baseEnvironment(spec)),
        ...reachableApis(spec.environment, this.endpointUrl),
      }).map(([key, value]) => [key, rewrite(value)]),
    );
    const command = await isolated(this.isolation, spec.folder, {
      noNetwork: spec.networkIsolation,
      network: spec.network,
      readOnly: spec.readOnly ?? [],
      cwd,
      command: [...pastShells(environment), ...spec.command.map(rewrite)],
    });
    const mark = this.reaper.mark();
    const launched = launch(
      [...this.onItsCpus(spec.size), ...command],
      this.isolation.mounts ? spec.folder : cwd,
      { ...environment, ...mark },
      spec,
      () => this.reaper.killMarked(mark),
    );
    return this.guard(launched, spec);
  }

  /** Runs an image by the Docker CLI, which is the process that stands for the container here. */
  private async startImage(given: ContainerSpec, image: ContainerImage): Promise<ContainerProcess> {
    const endpoint = dockerEndpoint(this.endpointUrl, given);
    const spec = { ...given, environment: reachableApis(given.environment, endpoint) };
    const docker = await dockerRun(spec, image, {
      environment: await awsEnvironment(spec, endpoint, this.credentials),
      cpus: this.cpusOf(spec.size),
      memoryBytes: this.memoryOf(spec.size),
    });
    const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...dockerSettings() };
    const launched = launch(docker.command, spec.folder, env, spec, () => docker.remove());
    const stop = async (graceMs: number) => {
      await docker.stop(graceMs);
      // The CLI ends with its container; one that does not is ended as any process.
      return launched.stop(DOCKER_LATE_MS);
    };
    return this.guard({ ...launched, stop }, spec);
  }

  /** Counts, limits and, in the end, clears away what the process and its children are. */
  private guard(launched: Launched, spec: ContainerSpec): ContainerProcess {
    const { pid } = launched;
    let outOfMemory = false;
    const watch = this.meter.watch(pid, this.memoryOf(spec.size), () => {
      outOfMemory = true;
      signalGroup(pid, 'SIGKILL');
      for (const member of watch.processes) signalProcess(member.pid, 'SIGKILL');
    });
    if (pid) this.reaper.guard(pid);
    const container: ContainerProcess = {
      pid,
      stop: launched.stop,
      usage: () => watch.usage(),
      exited: launched.exited.then((status) => {
        watch.end();
        if (pid) this.reaper.release(pid);
        this.labelled.delete(container);
        return outOfMemory ? { ...status, outOfMemory } : status;
      }),
    };
    if (spec.label) this.labelled.set(container, spec.label);
    return container;
  }

  /** CPU affinity, in turn over the machine's CPUs, for a container that may use fewer than there are. */
  private onItsCpus(size: InstanceSize | undefined): string[] {
    const all = cpus().length;
    const own = this.cpusOf(size);
    if (own >= all || process.platform !== 'linux') return [];
    const list = Array.from({ length: own }, (_, at) => (this.turn.cpu + at) % all);
    this.turn.cpu = (this.turn.cpu + own) % all;
    return ['taskset', '-c', list.join(',')];
  }

  // Nothing of the host's environment: neither its credentials nor its settings reach user code.
  private async baseEnvironment(spec: ContainerSpec): Promise<Record<string, string>> {
    return {
      PATH: `${dirname(this.python)}:/usr/local/bin:/usr/bin:/bin`,
      HOME: OPT_ML,
      LANG: 'C.UTF-8',
      PYTHONUNBUFFERED: '1',
      PYTHONDONTWRITEBYTECODE: '1',
      ...(await awsEnvironment(spec, this.endpointUrl, this.credentials)),
      ...(this.isolation.mounts ? undefined : { SAGEMAKER_BASE_DIR: spec.folder }),
    };
  }

  private explain(spec: ContainerSpec): void {
    if (!this.isolation.mounts) {
      spec.onLine(
        `[sandbox] This machine has no user and mount namespaces: /opt/ml is ${spec.folder}. Paths in arguments and ` +
          'environment are rewritten; code that spells /opt/ml out does not find its files, read SM_* instead.',
      );
    }
    if (spec.networkIsolation && !this.isolation.network) {
      spec.onLine(
        '[sandbox] This machine has no network namespaces: network isolation is not enforced here (it is on AWS); ' +
          'the process gets no AWS credentials.',
      );
    }
  }
}

/** A shell drops variables that it could not name itself, for example SM_HP_LEARNING-RATE: `env` sets them behind it. */
function pastShells(environment: Readonly<Record<string, string>>): string[] {
  const odd = Object.entries(environment).filter(([name]) => !/^[A-Za-z_]\w*$/.test(name));
  return odd.length === 0 ? [] : ['env', ...odd.map(([name, value]) => `${name}=${value}`)];
}

/** By what a container reaches the sandbox's AWS; without network only its region. */
async function awsEnvironment(
  { scope, networkIsolation }: ContainerSpec,
  endpointUrl: string,
  credentials: CredentialsFor,
): Promise<Record<string, string>> {
  const region = { AWS_REGION: scope.region, AWS_DEFAULT_REGION: scope.region };
  if (networkIsolation) return region;
  const { accessKeyId, secretAccessKey, sessionToken } = await credentials(scope);
  return {
    ...region,
    AWS_ENDPOINT_URL: endpointUrl,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    ...(sessionToken ? { AWS_SESSION_TOKEN: sessionToken } : {}),
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

/** Replaces /opt/ml at the start of each path in a text by the job's folder. */
export const rewritePaths = (text: string, folder: string) =>
  text.replace(/(^|[^\w./-])\/opt\/ml(?=$|[^\w.-])/g, (_, before: string) => before + folder);
