import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { type DaemonConfig, HOST } from './config';
import type { Count } from './faults/faults';
import type { FaultRule } from './faults/rules';
import { PACKAGE_DIR } from './paths';
import { signalGroup, waitUntil } from './process';
import type { MetricDatum, SageMakerEvent } from './sagemaker/options';

/** In the state folder: every kind of call that a role made, one line of JSON each. */
export const IAM_RECORD = join('iam', 'calls.jsonl');
/** The plugin's exit code for a port that somebody took since it was found free. */
const PORT_TAKEN = 98;
const STARTING_MS = 60_000;
const STOPPING_MS = 20_000;
/** What a host's environment may hand down; everything else would reach the Lambdas as well. */
const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'LC_ALL', 'TZ'];

/** MiniStack with the plugin: a child process that leads its own group, so that its Lambda workers go when it goes. */
export class MiniStack {
  private constructor(
    readonly child: ChildProcess,
    readonly port: number,
  ) {}

  /** Starts the process; `ready` resolves when it answers, and rejects where it ends before, or takes too long. */
  static start(
    config: DaemonConfig,
    port: number,
    log: (line: string) => void,
  ): { miniStack: MiniStack; ready: Promise<void> } {
    const child = spawn(config.python, ['-X', 'faulthandler', join(PACKAGE_DIR, 'plugin')], {
      env: environment(config, port),
      cwd: config.stateDir,
      stdio: ['ignore', 'inherit', 'inherit'],
      detached: true,
    });
    child.on('error', (error) => log(`MiniStack could not be started: ${error.message}`));
    const miniStack = new MiniStack(child, port);
    return { miniStack, ready: miniStack.untilHealthy() };
  }

  /** Whether it ended because another program had taken its port. */
  get portWasTaken(): boolean {
    return this.child.exitCode === PORT_TAKEN;
  }

  /** Publishes as `aws.sagemaker`, which only AWS itself may, on the default event bus. */
  async publishEvent(event: SageMakerEvent): Promise<void> {
    await this.ask('events', event);
  }

  /** Puts these rules in place of those before; how often each matched and struck. */
  setFaults(rules: readonly FaultRule[]): Promise<Record<string, Count>> {
    return this.ask('faults', { rules });
  }

  async killWorkers(functionName: string): Promise<number> {
    return (await this.ask<{ killed: number }>('kill', { function: functionName })).killed;
  }

  async putMetrics(namespace: string, data: readonly MetricDatum[]): Promise<void> {
    await this.ask('metrics', { namespace, data });
  }

  /** Lets MiniStack save its state, then makes sure that nothing of its group is left. */
  async stop(): Promise<void> {
    const pid = this.child.pid;
    if (pid === undefined) return;
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGTERM');
    await waitUntil(() => this.child.exitCode !== null || this.child.signalCode !== null, STOPPING_MS);
    killGroup(pid);
  }

  private async untilHealthy(): Promise<void> {
    const ready = await waitUntil(async () => this.child.exitCode !== null || (await this.isHealthy()), STARTING_MS);
    if (this.child.exitCode !== null) throw new Error(`MiniStack ended with exit code ${this.child.exitCode}.`);
    if (!ready) throw new Error(`MiniStack did not answer within ${STARTING_MS / 1000} s.`);
  }

  private async isHealthy(): Promise<boolean> {
    const response = await fetch(`http://${HOST}:${this.port}/_ministack/health`).catch(() => undefined);
    return response?.ok ?? false;
  }

  /** Asks the plugin, over a path that the front door closes to everybody else. */
  async ask<T>(path: string, body: object): Promise<T> {
    const response = await fetch(`http://${HOST}:${this.port}/_plugin/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok)
      throw new Error(`MiniStack's plugin refused ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }
}

/** SIGKILL: a Lambda worker whose handler died hanging ignores SIGTERM. */
export function killGroup(pid: number): void {
  try {
    signalGroup(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
  }
}

function environment(config: DaemonConfig, port: number): NodeJS.ProcessEnv {
  const data = (folder: string) => {
    const path = join(config.stateDir, folder);
    mkdirSync(path, { recursive: true });
    return path;
  };
  const inherited = Object.fromEntries(
    INHERITED.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
  );
  return {
    ...inherited,
    TMPDIR: data('tmp'),
    // URLs that MiniStack hands out carry the front door's port; it listens on its own.
    GATEWAY_PORT: String(config.port),
    MINISTACK_HOST: HOST,
    SANDBOX_INTERNAL_PORT: String(port),
    SANDBOX_PARENT_PID: String(process.pid),
    SANDBOX_NODE: process.execPath,
    SANDBOX_IAM: config.iam ?? 'enforce',
    SANDBOX_IAM_RECORD: join(config.stateDir, IAM_RECORD),
    SANDBOX_NODE_MODULES: runtimeModules(data('runtime')),
    SANDBOX_LIMITS: JSON.stringify(config.limits ?? {}),
    MINISTACK_ACCOUNT_ID: config.accountId,
    MINISTACK_REGION: config.region,
    AWS_DEFAULT_REGION: config.region,
    PERSIST_STATE: '1',
    STATE_DIR: data('state'),
    S3_PERSIST: '1',
    S3_DATA_DIR: data('s3'),
    IOT_MTLS_ENABLED: '0',
    SFTP_ENABLED: '0',
    LOG_LEVEL: 'WARNING',
    LAMBDA_WARM_TTL_SECONDS: '60',
    // Each of its many threads would else keep an arena of freed memory.
    MALLOC_ARENA_MAX: '2',
    PYTHONDONTWRITEBYTECODE: '',
  };
}

/**
 * AWS's Node.js runtimes hold the AWS SDK and nothing else: folders that offer just that to functions' NODE_PATH. The SDK
 * that is installed beside the sandbox comes first, then the clients that its package brings along for CDK's own handlers;
 * for others there are MiniStack's stand-ins.
 */
function runtimeModules(folder: string): string {
  const link = join(folder, '@aws-sdk');
  rmSync(link, { force: true });
  const sdk = installedSdk();
  if (sdk) symlinkSync(sdk, link);
  return [folder, join(PACKAGE_DIR, 'dist', 'sdk')].join(delimiter);
}

function installedSdk(): string | undefined {
  const folders = createRequire(import.meta.url).resolve.paths('@aws-sdk') ?? [];
  return folders.map((folder) => join(folder, '@aws-sdk')).find((scope) => existsSync(scope));
}
