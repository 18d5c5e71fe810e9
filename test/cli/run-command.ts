import type { Host } from '../../cli/src/context';
import { main } from '../../cli/src/main';

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The JSON document on stdout. */
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into a document whose shape it expects.
  readonly json: () => any;
}

const nothing: Host['sandbox'] = {
  sandboxStatus: async () => ({ running: false, stateDir: '/project/.mlops/sandbox' }),
  startSandbox: async () => ({
    endpoint: 'http://127.0.0.1:4566',
    region: 'us-east-1',
    accountId: '000000000000',
    pid: 7,
    stateDir: '/project/.mlops/sandbox',
  }),
  stopSandbox: async () => false,
  resetSandbox: async () => {},
  readBackStacks: async () => [],
  interruptJob: async () => {},
  listSandboxes: async () => [],
  sandboxEnv: ({ endpoint }) => ({ AWS_ENDPOINT_URL: endpoint }),
  ensurePython: async () => ({ python: 'python3', sitePackages: '' }),
};

/** Runs the command in this process, with buffers for its streams. */
export async function mlops(args: readonly string[], host: Partial<Host> = {}): Promise<CommandResult> {
  let [stdout, stderr] = ['', ''];
  const code = await main(args, {
    env: process.env,
    cwd: process.cwd(),
    stdin: (async function* () {})(),
    sandbox: nothing,
    ...host,
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
  });
  return { code, stdout, stderr, json: () => JSON.parse(stdout) };
}

export const NO_SANDBOX = nothing;
