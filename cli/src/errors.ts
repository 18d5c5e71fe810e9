import { EXIT, type ExitCode } from './exit-codes';

export interface CommandErrorOptions {
  /** @default EXIT.failed */
  readonly exitCode?: ExitCode;
  /** What to do about it, as one or more full lines. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/** An error for the person at the keyboard; shown as its message and hint, never as a stack trace. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: ExitCode;
  readonly hint?: string;

  constructor(message: string, options: CommandErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.exitCode = options.exitCode ?? EXIT.failed;
    this.hint = options.hint;
  }
}

export const usageError = (message: string, hint?: string): CommandError =>
  new CommandError(message, { exitCode: EXIT.usage, hint });

export const notFound = (message: string, hint?: string): CommandError =>
  new CommandError(message, { exitCode: EXIT.notFound, hint });
