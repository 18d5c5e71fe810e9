import * as launcher from 'cdk-mlops-sandbox';
import { Output, type Sink } from './output';
import { Session } from './session';
import { applyTarget, chooseTarget, type Target, type TargetFlags } from './target';

/** What the command needs of the outside; tests give their own. */
export interface Host {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly sandbox: Pick<
    typeof launcher,
    | 'startSandbox'
    | 'stopSandbox'
    | 'sandboxStatus'
    | 'resetSandbox'
    | 'readBackStacks'
    | 'interruptJob'
    | 'listSandboxes'
    | 'sandboxEnv'
    | 'ensurePython'
  >;
}

export interface GlobalFlags extends TargetFlags {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly color?: boolean;
  readonly platform?: string;
}

export const processHost = (): Host => ({
  env: process.env,
  cwd: process.cwd(),
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
  sandbox: launcher,
});

/** One run of the command: its flags, its output, and its session once it needs one. */
export class Context {
  readonly out: Output;
  /** What the process ends with when nothing is thrown. */
  exitCode = 0;
  private opened?: Promise<Session>;
  private chosen?: Target;

  constructor(
    readonly host: Host,
    readonly flags: GlobalFlags,
  ) {
    const { stdout, stderr, env } = host;
    const json = flags.json ?? false;
    const color = flags.color !== false && !env.NO_COLOR && stdout.isTTY === true && !json;
    this.out = new Output({ stdout, stderr, json, quiet: flags.quiet ?? false, color });
  }

  /** The target, once it has been chosen: for translating errors. */
  get target(): Target | undefined {
    return this.chosen;
  }

  /** Chooses the target, says which on stderr, and sets the environment that leads there. */
  session(): Promise<Session> {
    this.opened ??= this.open();
    return this.opened;
  }

  private async open(): Promise<Session> {
    const { env, sandbox } = this.host;
    this.chosen = await chooseTarget(this.flags, {
      env,
      sandboxEnv: sandbox.sandboxEnv,
      findSandbox: async () => {
        const { running, endpoint, region, accountId, pid, stateDir } = await sandbox.sandboxStatus();
        if (!running || !endpoint || !region || !accountId || !pid) return undefined;
        return { endpoint, region, accountId, pid, stateDir };
      },
    });
    applyTarget(this.chosen, env);
    this.out.info(this.out.color.dim(`Target: ${this.chosen.description}`));
    return new Session(this.chosen, this.flags.platform ?? env.MLOPS_PLATFORM);
  }
}
