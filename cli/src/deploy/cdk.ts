import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join, parse, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { CommandError } from '../errors';

export interface CdkOptions {
  /** Folder that holds cdk.json. */
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly onLine: (line: string) => void;
}

/** How many of the last lines a failure shows. */
const KEPT_LINES = 60;

/** The CDK's command line as the project has it installed. */
export function findCdk(from: string): string {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const program = join(folder, 'node_modules', 'aws-cdk', 'bin', 'cdk');
    if (existsSync(program)) return program;
    if (folder === parse(folder).root) break;
  }
  throw new CommandError(`The AWS CDK's command line is not installed in ${from} or a folder above.`, {
    hint: 'Install it in the project with: npm install --save-dev aws-cdk',
  });
}

/**
 * Runs the CDK's command line and hands on its lines as they come.
 * @throws CommandError with what the CDK said, where it fails.
 */
export function runCdk(args: readonly string[], { cwd, env, onLine }: CdkOptions): Promise<void> {
  const program = findCdk(cwd);
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [program, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const kept: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        kept.push(line);
        if (kept.length > KEPT_LINES) kept.shift();
        onLine(line);
      });
    }
    child.once('error', fail);
    child.once('close', (code, signal) => {
      if (code === 0) return done();
      fail(
        new CommandError(
          `cdk ${args[0]} ${signal ? `was ended by ${signal}` : `exited ${code}`}:\n${failureText(kept)}`,
        ),
      );
    });
  });
}

/** From the first line that tells of a failure; all that was kept where none does. */
export function failureText(lines: readonly string[]): string {
  const told = lines.filter((line) => line.trim() !== '' && !/^\s+at .+\(?.+:\d+:\d+\)?$/.test(line));
  const first = told.findIndex((line) => /❌|_FAILED|\berror\b|Error:/i.test(line));
  return told
    .slice(first === -1 ? -15 : first)
    .slice(0, 25)
    .join('\n');
}
