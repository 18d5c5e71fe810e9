import { readFileSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { type Ask, Callers } from './callers';
import { type DaemonConfig, HOST, type SandboxInfo } from './config';
import { Faults } from './faults/faults';
import { createFrontDoor } from './front-door';
import { sandboxIam } from './iam';
import { killGroup, MiniStack } from './ministack';
import { freePort } from './ports';
import { identify } from './process';
import { startSageMaker } from './sagemaker/index';
import type { SageMakerServer } from './sagemaker/options';
import { STATE_FILE } from './state';

const log = (line: string) => console.log(`${new Date().toISOString()} ${line}`);

/** The sandbox's one long-lived process: the front door, SageMaker, and MiniStack as its child. */
class Daemon {
  private door?: Server;
  private miniStack?: MiniStack;
  private sageMaker?: SageMakerServer;
  private ready = false;
  private stopping = false;
  private readonly startedAt = new Date();
  private readonly ask: Ask = (path, body) => this.started.ask(path, body);
  private readonly callers: Callers;
  private readonly faults = new Faults({
    setRules: (rules) => this.started.setFaults(rules),
    callerOf: (accessKey) => this.callers.sessionOf(accessKey),
    killWorkers: (functionName) => this.started.killWorkers(functionName),
  });

  constructor(private readonly config: DaemonConfig) {
    this.callers = new Callers(this.ask, config.accountId);
  }

  async start(): Promise<void> {
    const internalPort = await freePort();
    const portOf = (): number => this.miniStack?.port ?? internalPort;
    this.door = createFrontDoor({
      get miniStackPort() {
        return portOf();
      },
      sageMaker: () => this.sageMaker,
      faults: this.faults,
      own: (path) => (path === 'status' ? this.status() : path === 'images' ? this.images() : undefined),
      log,
    });
    await listen(this.door, this.config.port);
    const started = this.startMiniStack(internalPort);
    [this.sageMaker] = await Promise.all([this.startSageMaker(), started]);
    this.ready = true;
    writeFileSync(join(this.config.stateDir, STATE_FILE), JSON.stringify(this.record(), null, 2));
    log(`ready at ${this.endpoint}`);
  }

  /** Between the look at a port and its use another sandbox may take it: then another one is tried. */
  private async startMiniStack(port: number, tries = 3): Promise<void> {
    const { miniStack, ready } = MiniStack.start(this.config, port, log);
    this.miniStack = miniStack;
    this.watch(miniStack);
    try {
      await ready;
    } catch (error) {
      if (!miniStack.portWasTaken || tries === 1) throw error;
      log(`Port ${port} was taken meanwhile: MiniStack is started on another one.`);
      await this.startMiniStack(await freePort(), tries - 1);
    }
  }

  async stop(code: number): Promise<void> {
    if (this.stopping) return;
    this.stopping = true;
    this.ready = false;
    log('stopping');
    await this.sageMaker?.close().catch((error: Error) => log(`SageMaker did not close: ${error.message}`));
    log('SageMaker has stopped');
    await this.miniStack?.stop();
    log('MiniStack has stopped');
    this.door?.closeAllConnections();
    process.exit(code);
  }

  private get started(): MiniStack {
    if (this.miniStack) return this.miniStack;
    throw new Error('MiniStack is still starting.');
  }

  private get endpoint(): string {
    return `http://${HOST}:${this.config.port}`;
  }

  private watch(miniStack: MiniStack): void {
    miniStack.child.once('exit', (code, signal) => {
      killGroup(miniStack.child.pid!);
      if (this.stopping || !this.ready) return;
      log(`MiniStack ended by itself (${signal ?? `exit code ${code}`}): the sandbox stops.`);
      void this.stop(1);
    });
  }

  private startSageMaker(): Promise<SageMakerServer> {
    const { stateDir, python, sitePackages, region, accountId, images, maxConcurrentJobs, limits, strict } =
      this.config;
    return startSageMaker({
      stateDir: join(stateDir, 'sagemaker'),
      endpointUrl: this.endpoint,
      python,
      serviceModelDir: join(sitePackages, 'botocore', 'data'),
      region,
      accountId,
      images,
      maxConcurrentJobs,
      limits,
      strict,
      log,
      iam: sandboxIam(this.config, this.ask, this.callers, log),
      publishEvent: async (event) => this.miniStack?.publishEvent(event),
      putMetrics: async (namespace, data) => this.miniStack?.putMetrics(namespace, data),
    });
  }

  private info(): SandboxInfo {
    const { region, accountId, stateDir } = this.config;
    return { endpoint: this.endpoint, region, accountId, pid: process.pid, stateDir };
  }

  private record(): object {
    const processes = { daemon: identify(process.pid), miniStack: identify(this.miniStack!.child.pid!) };
    return { ...this.info(), id: this.config.id, name: this.config.name, processes };
  }

  private status(): object {
    const { id, name } = this.config;
    const uptimeSeconds = Math.round((Date.now() - this.startedAt.getTime()) / 1000);
    const sageMaker = this.sageMaker?.status() ?? {};
    return {
      ...this.info(),
      id,
      name,
      ready: this.ready,
      uptimeSeconds,
      miniStackPid: this.miniStack?.child.pid,
      sageMaker,
    };
  }

  private images(): object {
    return { images: this.sageMaker?.images() ?? [] };
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((done, fail) => {
    server.once('error', fail);
    server.listen({ port, host: HOST, exclusive: true }, done);
  });
}

const configFile = process.argv[2];
if (!configFile) throw new Error('usage: daemon <config file>');
const daemon = new Daemon(JSON.parse(readFileSync(configFile, 'utf8')) as DaemonConfig);
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void daemon.stop(0));
process.on('unhandledRejection', (reason) =>
  log(`unhandled: ${reason instanceof Error ? reason.stack : String(reason)}`),
);
daemon.start().catch(async (error: Error) => {
  log(`The sandbox could not start: ${error.message}`);
  await daemon.stop(1);
});
