import { Output } from '../../cli/src/output';
import { translate } from '../../cli/src/translate';

/** Runs what a script of npm's does in the sandbox, which takes `--fresh` alone; errors are told as the command tells them. */
export function runScript(command: string, act: (out: Output, fresh: boolean) => Promise<unknown>): void {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  const { stdout } = process;
  const color = stdout.isTTY === true && !process.env.NO_COLOR;
  const out = new Output({ stdout, stderr: stdout, json: false, color });
  const unknown = process.argv.slice(2).filter((argument) => argument !== '--fresh');
  if (unknown.length > 0) {
    out.error(`Unknown argument: ${unknown.join(' ')}`, `${command} takes --fresh only: ${command} -- --fresh`);
    process.exitCode = 2;
    return;
  }
  act(out, process.argv.includes('--fresh')).then(
    () => process.exit(0),
    (error: unknown) => {
      const { message, hint, exitCode } = translate(error, { kind: 'sandbox' });
      out.error(message, hint);
      process.exit(exitCode);
    },
  );
}
