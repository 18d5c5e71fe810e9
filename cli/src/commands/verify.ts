import type { Command } from 'commander';
import { AttestationError } from '../../../core/attestation';
import type { Context } from '../context';
import { CommandError, usageError } from '../errors';
import { EXIT } from '../exit-codes';
import { table } from '../format';
import { keyValue, name, wholeNumber } from '../options';
import type { Action } from '../program';
import type { Check } from '../verify/check';
import { verifyFiles } from '../verify/offline';
import { verifyVersion } from '../verify/online';

interface Flags {
  readonly publicKey?: string;
  readonly statement?: string;
  readonly archive?: string;
  readonly source?: string;
  readonly evidence?: Record<string, string>;
}

/** `models verify`. */
export function registerVerify(models: Command, action: Action): void {
  models
    .command('verify')
    .description('check the signature of a version and every digest that it signs; with --public-key without AWS')
    .argument('[model]', 'name of the model', name)
    .argument('[version]', 'version number', wholeNumber)
    .option('--public-key <file>', "the platform's public key, PEM")
    .option('--statement <file>', 'the signed statement: evidence of the kind attestation')
    .option('--archive <file>', 'the model archive')
    .option('--source <file>', 'the source archive')
    .option('--evidence <kind=file>', 'a piece of evidence; may be given several times', keyValue)
    .action(action(run));
}

async function run(context: Context, model: string | undefined, version: number | undefined, flags: Flags) {
  const checks = await believed(() => checksOf(context, model, version, flags));
  const failed = checks.filter(({ passed }) => !passed);
  if (failed.length > 0) context.exitCode = EXIT.rejected;
  const last =
    failed.length > 0 ? `Not what was signed: ${failed.map(({ part }) => part).join(', ')}` : 'All as signed';
  context.out.result({ ok: failed.length === 0, checks }, () => `${checkTable(checks)}\n\n${last}`);
}

async function checksOf(
  context: Context,
  model: string | undefined,
  version: number | undefined,
  { publicKey, statement, archive, source, evidence }: Flags,
): Promise<Check[]> {
  if (publicKey || statement || archive) {
    if (publicKey && statement && archive) {
      return verifyFiles({ publicKey, statement, archive, source, evidence }, context.host.cwd, model);
    }
    throw usageError('Without AWS it takes --public-key, --statement and --archive.');
  }
  if (source || evidence) throw usageError('--source and --evidence go with --public-key, --statement and --archive.');
  if (!model || version === undefined) throw usageError('Name a model and a version, or give the files to check.');
  const session = await context.session();
  return verifyVersion(session, await (await session.registry()).modelVersion(model, version));
}

/** A signature that can't be believed is an answer, not a failure of the command. */
async function believed<T>(check: () => Promise<T>): Promise<T> {
  try {
    return await check();
  } catch (error) {
    if (!(error instanceof AttestationError)) throw error;
    throw new CommandError(error.message, { exitCode: EXIT.rejected, cause: error });
  }
}

const checkTable = (checks: readonly Check[]): string =>
  table(checks, [
    { title: '', value: ({ passed }) => (passed ? 'ok' : 'FAIL') },
    { title: 'PART', value: ({ part }) => part },
    { title: 'FOUND', value: ({ found }) => found },
  ]);
