import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface RunResult {
  /** The exit code; absent where the program could not be started, or was ended by a signal. */
  readonly code?: number;
  /** Standard output and error, as they came. */
  readonly output: string;
}

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly onLine?: (line: string) => void;
  readonly timeoutMs?: number;
}

/** Runs a program to its end and never throws: the caller knows what its failure means. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return new Promise((done) => {
    const child = spawn(command, args, {
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    // Node's own `timeout` of spawn is never cleared where the program does not exist, and would hold this process.
    const overdue = options.timeoutMs && setTimeout(() => child.kill('SIGTERM'), options.timeoutMs);
    const end = (result: RunResult): void => {
      if (overdue) clearTimeout(overdue);
      done(result);
    };
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        output += `${line}\n`;
        options.onLine?.(line);
      });
    }
    child.on('error', (error) => end({ output: error.message }));
    child.on('close', (code) => end({ code: code ?? undefined, output }));
  });
}

/** The last lines of a program's output, in which its error most often is. */
export function tail(output: string, lines = 15): string {
  return output.trimEnd().split('\n').slice(-lines).join('\n');
}
