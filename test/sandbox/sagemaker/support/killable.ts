import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { clientConfig, type TestSandbox } from '../../../support/sandbox';

const SERVER = fileURLToPath(new URL('./server-process.ts', import.meta.url));

interface Status {
  readonly endpoints: { readonly name: string; readonly pids: readonly number[] }[];
  readonly nonConforming: string[];
}

/** A server on one state folder that is killed and started again. */
export class KillableServer {
  sageMaker!: SageMakerClient;
  runtime!: SageMakerRuntimeClient;
  private child!: ChildProcess;
  private told!: AsyncIterator<string>;

  private constructor(
    private readonly sandbox: TestSandbox,
    readonly stateDir: string,
  ) {}

  static async start(sandbox: TestSandbox, stateDir: string): Promise<KillableServer> {
    const server = new KillableServer(sandbox, stateDir);
    await server.start();
    return server;
  }

  async start(): Promise<void> {
    const args = ['--import', 'tsx', SERVER, JSON.stringify(this.sandbox), this.stateDir];
    this.child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    // What is asked of a server that is killed meanwhile has no answer.
    this.child.stdin!.on('error', () => undefined);
    this.told = createInterface({ input: this.child.stdout! })[Symbol.asyncIterator]();
    const { value: endpoint } = await this.told.next();
    if (!endpoint) throw new Error('The server did not start: see its output above.');
    const config = { ...clientConfig(this.sandbox), endpoint, maxAttempts: 1 };
    this.sageMaker = new SageMakerClient(config);
    this.runtime = new SageMakerRuntimeClient(config);
  }

  async kill(): Promise<void> {
    if (this.child.signalCode) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
    this.sageMaker.destroy();
    this.runtime.destroy();
  }

  async status(): Promise<Status> {
    this.child.stdin!.write('status\n');
    const { value } = await this.told.next();
    if (!value) throw new Error('The server was killed before it told its status.');
    return JSON.parse(value);
  }

  /** Processes whose command line names the state folder, the server itself aside. */
  async processes(): Promise<string[]> {
    const found: string[] = [];
    for (const pid of await readdir('/proc').catch(() => [])) {
      if (!/^\d+$/.test(pid) || Number(pid) === this.child.pid) continue;
      const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      if (line.includes(this.stateDir)) found.push(`${pid}: ${line.replaceAll('\0', ' ').slice(0, 200)}`);
    }
    return found;
  }
}
