import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  type DaemonConfig,
  DEFAULT_ACCOUNT,
  DEFAULT_PORT,
  DEFAULT_REGION,
  HOST,
  type IamMode,
  type SandboxInfo,
} from './config';
import { SandboxError } from './errors';
import { explainFileError } from './file-errors';
import { remember } from './known';
import { withLock } from './lock';
import { defaultStateDir, PACKAGE_DIR } from './paths';
import { freePort, isFree } from './ports';
import { waitUntil } from './process';
import { ensurePython, type PythonProgress } from './python';
import { tail } from './run';
import { readSettings } from './settings';
import { CONFIG_FILE, LOG_FILE, readState } from './state';
import { runningSandbox } from './status';
import { removeState, stopSandbox } from './stop';

export interface StartOptions {
  /** Tells apart the sandboxes of one project. @default 'default' */
  readonly name?: string;
  /** @default `.mlops/sandbox` of the project around the working directory, else the user's state folder */
  readonly stateDir?: string;
  /** The endpoint's port; where it is taken, another one is chosen, and `log` says so. @default the last one, else 4566 */
  readonly port?: number;
  /** @default 'us-east-1' */
  readonly region?: string;
  /** @default '000000000000' */
  readonly accountId?: string;
  /** Whether to drop the state of earlier runs. @default false */
  readonly fresh?: boolean;
  /** Image repositories or URI prefixes mapped to local runtimes, beyond the sandbox's own and `mlops.sandbox.json`. */
  readonly images?: Record<string, string>;
  /** SageMaker jobs that run at the same time; others wait in the order of their creation. @default the number of CPUs */
  readonly maxConcurrentJobs?: number;
  /**
   * Account limits of SageMaker by the names of Service Quotas, such as `ml.m5.large for training job usage`: what goes
   * beyond is refused with ResourceLimitExceeded, and Service Quotas tells them. @default nothing is refused
   */
  readonly limits?: Readonly<Record<string, number>>;
  /** Whether an answer of SageMaker that violates its published model becomes an error. @default false: it is logged */
  readonly strict?: boolean;
  /** Whether policies hold for roles, are only recorded, or ignored; the account's root may do all. @default 'enforce' */
  readonly iam?: IamMode;
  readonly log?: (line: string) => void;
  readonly progress?: (progress: PythonProgress) => void;
}

const STARTING_MS = 90_000;
const LET_GO_MS = 5_000;
/** The daemon answers in small pieces: room for 16 MB of short-lived values, Node's own choice, only stays taken. */
const SMALL_HEAP = '--max-semi-space-size=2';

/**
 * Brings the sandbox up and waits until every service answers; where it runs already, that one is returned.
 * @throws SandboxError where Python does not do, or the sandbox does not come up (with the end of its log).
 */
export async function startSandbox(options: StartOptions = {}): Promise<SandboxInfo> {
  const stateDir = stateDirOf(options);
  try {
    return await startIn(stateDir, options);
  } catch (error) {
    throw explainFileError(error, stateDir);
  }
}

async function startIn(stateDir: string, options: StartOptions): Promise<SandboxInfo> {
  mkdirSync(stateDir, { recursive: true });
  return withLock(`${stateDir}.lock`, async () => {
    const running = options.fresh ? undefined : await runningSandbox(stateDir);
    if (running) return running;
    await stopSandbox({ stateDir });
    if (options.fresh) removeState(stateDir);
    const python = await ensurePython({ progress: options.progress });
    const port = await choosePort(options, stateDir);
    const config: DaemonConfig = {
      id: randomUUID(),
      name: options.name ?? 'default',
      stateDir,
      port,
      region: options.region ?? DEFAULT_REGION,
      accountId: options.accountId ?? DEFAULT_ACCOUNT,
      images: { ...readSettings().images, ...options.images },
      maxConcurrentJobs: options.maxConcurrentJobs,
      limits: options.limits,
      strict: options.strict,
      iam: options.iam ?? 'enforce',
      ...python,
    };
    const info = await launch(config);
    remember(stateDir);
    return info;
  });
}

export function stateDirOf(options: { readonly name?: string; readonly stateDir?: string }): string {
  return resolve(options.stateDir ?? defaultStateDir(options.name));
}

/**
 * The last port is preferred, since the state holds URLs with it (queues, for instance). A daemon that was killed keeps it
 * until the kernel has taken its memory apart, a moment after it counts as ended: that is waited for.
 */
async function choosePort(options: StartOptions, stateDir: string): Promise<number> {
  const last = readState<DaemonConfig>(stateDir, CONFIG_FILE)?.port;
  const wanted = options.port ?? last ?? DEFAULT_PORT;
  if (wanted !== 0 && (await waitUntil(() => isFree(wanted), wanted === last ? LET_GO_MS : 0))) return wanted;
  const port = await freePort();
  if (wanted !== 0) options.log?.(`Port ${wanted} is taken by another program: the sandbox uses ${port} instead.`);
  return port;
}

async function launch(config: DaemonConfig): Promise<SandboxInfo> {
  mkdirSync(config.stateDir, { recursive: true });
  const configFile = join(config.stateDir, CONFIG_FILE);
  writeFileSync(configFile, JSON.stringify(config, null, 2));
  const logFile = join(config.stateDir, LOG_FILE);
  rmSync(logFile, { force: true });
  const output = openSync(logFile, 'a');
  const child = spawn(process.execPath, [SMALL_HEAP, ...daemonProgram(), configFile], {
    cwd: config.stateDir,
    detached: true,
    stdio: ['ignore', output, output],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  closeSync(output);
  child.unref();
  await waitForHealth(child, config, logFile);
  const { region, accountId, stateDir } = config;
  return { endpoint: `http://${HOST}:${config.port}`, region, accountId, pid: child.pid!, stateDir };
}

/** The bundle where this is the built package, the source through tsx where it is the repository. */
function daemonProgram(): string[] {
  if (!fileURLToPath(import.meta.url).endsWith('.ts')) return [join(PACKAGE_DIR, 'dist', 'daemon.mjs')];
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  return ['--import', tsx, join(PACKAGE_DIR, 'src', 'daemon.ts')];
}

async function waitForHealth(child: ChildProcess, config: DaemonConfig, logFile: string): Promise<void> {
  const ended = () => child.exitCode !== null || child.signalCode !== null;
  const ready = async () => (await runningSandbox(config.stateDir))?.pid === child.pid;
  const done = await waitUntil(async () => ended() || (await ready()), STARTING_MS);
  if (done && !ended()) return;
  const why = ended()
    ? `ended with ${child.signalCode ?? `exit code ${child.exitCode}`}`
    : `did not answer in ${STARTING_MS / 1000} s`;
  if (!ended()) child.kill('SIGTERM');
  throw new SandboxError(`The sandbox ${why}. The end of its log, ${logFile}:\n${tail(readFileSync(logFile, 'utf8'))}`);
}
