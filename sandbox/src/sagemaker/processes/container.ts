import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import type { Scope } from '../api/scope';
import { sandboxCredentials } from '../aws/s3';
import { type Isolation, isolated } from './isolation';

const OPT_ML = '/opt/ml';

/** How to start one process under the container contract. */
export interface ContainerSpec {
  /** The folder that stands for /opt/ml. */
  readonly folder: string;
  /** Command, arguments, working directory and environment may name /opt/ml paths. */
  readonly command: string[];
  readonly cwd: string;
  readonly environment: Record<string, string>;
  /** Cut off from the network where the kernel can; in any case without AWS credentials. */
  readonly networkIsolation: boolean;
  readonly scope: Scope;
  /** Each line that the process writes, and notes about how it runs. */
  readonly onLine: (line: string) => void;
  /** Keeps stdin open, so that the process can tell when the sandbox is gone. */
  readonly watchdog?: boolean;
}

export interface ExitStatus {
  /** Exit code; 128 + the signal's number when a signal ended it, as shells say. */
  readonly code: number;
  readonly signal?: string;
}

/** A started process and everything that it started. */
export interface ContainerProcess {
  readonly pid: number;
  readonly exited: Promise<ExitStatus>;
  /** SIGTERM now, SIGKILL after the grace time. */
  stop(graceMs: number): Promise<ExitStatus>;
}

/** Starts processes the way this machine can. */
export class ContainerHost {
  constructor(
    readonly isolation: Isolation,
    private readonly python: string,
    private readonly endpointUrl: string,
  ) {}

  /** The path under which a process sees `/opt/ml/...`. */
  path(folder: string, optMl: string): string {
    if (this.isolation.mounts) return optMl;
    return optMl === OPT_ML || optMl.startsWith(`${OPT_ML}/`) ? folder + optMl.slice(OPT_ML.length) : optMl;
  }

  async start(spec: ContainerSpec): Promise<ContainerProcess> {
    const rewrite = (text: string) => (this.isolation.mounts ? text : rewritePaths(text, spec.folder));
    this.explain(spec);
    const cwd = rewrite(spec.cwd);
    const command = await isolated(this.isolation, spec.folder, {
      network: spec.networkIsolation,
      cwd,
      command: spec.command.map(rewrite),
    });
    const environment = Object.fromEntries(
      Object.entries({ ...this.baseEnvironment(spec), ...spec.environment }).map(([key, value]) => [
        key,
        rewrite(value),
      ]),
    );
    return launch(command, this.isolation.mounts ? spec.folder : cwd, environment, spec);
  }

  // Nothing of the host's environment: neither its credentials nor its settings reach user code.
  private baseEnvironment(spec: ContainerSpec): Record<string, string> {
    const { accessKeyId, secretAccessKey } = sandboxCredentials(spec.scope);
    const aws: Record<string, string> = spec.networkIsolation
      ? {}
      : {
          AWS_ENDPOINT_URL: this.endpointUrl,
          AWS_ACCESS_KEY_ID: accessKeyId,
          AWS_SECRET_ACCESS_KEY: secretAccessKey,
          AWS_EC2_METADATA_DISABLED: 'true',
        };
    return {
      PATH: `${dirname(this.python)}:/usr/local/bin:/usr/bin:/bin`,
      HOME: OPT_ML,
      LANG: 'C.UTF-8',
      PYTHONUNBUFFERED: '1',
      PYTHONDONTWRITEBYTECODE: '1',
      AWS_REGION: spec.scope.region,
      AWS_DEFAULT_REGION: spec.scope.region,
      ...aws,
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

/** Replaces /opt/ml at the start of each path in a text by the job's folder. */
export const rewritePaths = (text: string, folder: string) =>
  text.replace(/(^|[^\w./-])\/opt\/ml(?=$|[^\w.-])/g, (_, before: string) => before + folder);

async function launch(
  [file, ...args]: string[],
  cwd: string,
  env: Record<string, string>,
  spec: ContainerSpec,
): Promise<ContainerProcess> {
  // A group of its own, so that a signal reaches what the process starts as well.
  const child = spawn(file!, args, {
    cwd,
    env,
    detached: true,
    stdio: [spec.watchdog ? 'pipe' : 'ignore', 'pipe', 'pipe'],
  });
  child.stdin?.on('error', () => undefined);
  const output = Promise.all([child.stdout, child.stderr].map((stream) => readLines(stream!, spec.onLine)));
  const exited = exitOf(child, output, spec.onLine, file!);
  return {
    pid: child.pid ?? 0,
    exited,
    stop: async (graceMs) => {
      signalGroup(child.pid, 'SIGTERM');
      const kill = setTimeout(() => signalGroup(child.pid, 'SIGKILL'), graceMs);
      const status = await exited;
      clearTimeout(kill);
      return status;
    },
  };
}

async function readLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): Promise<void> {
  for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) onLine(line);
}

/** How long to wait for output after the process itself has ended: a stray child may hold the pipe open. */
const DRAIN_MS = 1_000;

function exitOf(
  child: ChildProcess,
  output: Promise<unknown>,
  onLine: (line: string) => void,
  file: string,
): Promise<ExitStatus> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      onLine(`[sandbox] ${file} could not be started: ${error.message}`);
      resolve({ code: 127 });
    });
    child.once('exit', (code, signal) => {
      let timer: NodeJS.Timeout;
      const drained = new Promise((done) => {
        timer = setTimeout(done, DRAIN_MS);
      });
      void Promise.race([output.catch(() => undefined), drained]).then(() => {
        clearTimeout(timer);
        signalGroup(child.pid, 'SIGKILL');
        resolve(signal ? { code: 128 + (constants.signals[signal] ?? 0), signal } : { code: code ?? 1 });
      });
    });
  });
}

export function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (!pid) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone already.
  }
}

const ps = promisify(execFile);

/** When the process started, as the system tells it: with the pid it names one process for good. */
export async function startTimeOf(pid: number): Promise<string | undefined> {
  return ps('ps', ['-o', 'lstart=', '-p', String(pid)]).then(
    ({ stdout }) => stdout.trim() || undefined,
    () => undefined,
  );
}
