import { CommanderError } from 'commander';
import { Context, type GlobalFlags, type Host, processHost } from './context';
import { EXIT } from './exit-codes';
import { buildProgram } from './program';
import { translate } from './translate';

/**
 * Runs the command. Every error ends here: it is shown as a sentence and what to do, never as a stack trace.
 * @param args what was typed after `mlops`
 * @returns the exit code
 */
export async function main(args: readonly string[], host: Host = processHost()): Promise<number> {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  const run: { context?: Context } = {};
  const makeContext = (flags: GlobalFlags): Context => {
    run.context = new Context(host, flags);
    return run.context;
  };
  try {
    await buildProgram(host, makeContext).parseAsync([...args], { from: 'user' });
    return run.context?.exitCode ?? EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError) return usage(error, args, host);
    return report(error, run.context ?? new Context(host, { json: args.includes('--json') }));
  }
}

/** Commander has written the message by itself. Asking for help or the version is no error. */
function usage(error: CommanderError, args: readonly string[], host: Host): number {
  if (error.exitCode === 0) return EXIT.ok;
  const message = error.message.replace(/^error: /, '');
  new Context(host, { json: args.includes('--json') }).out.errorDocument({ code: EXIT.usage, message });
  return EXIT.usage;
}

function report(error: unknown, context: Context): number {
  const { exitCode, message, hint } = translate(error, context.target);
  context.out.error(message, hint);
  context.out.errorDocument({ code: exitCode, message, ...(hint ? { hint } : {}) });
  return exitCode;
}
