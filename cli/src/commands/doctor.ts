import { type Command, InvalidArgumentError } from 'commander';
import type { Context } from '../context';
import { type Check, instanceUse } from '../doctor/checks';
import { diagnose, type Instance } from '../doctor/doctor';
import { EXIT } from '../exit-codes';
import { table } from '../format';
import type { Action } from '../program';

function instance(value: string, before: readonly Instance[] = []): readonly Instance[] {
  const [key = '', instanceType = ''] = value.split('=');
  const use = instanceUse(key);
  if (!use || !/^ml\.[a-z0-9]+\.[a-z0-9]+$/.test(instanceType)) {
    throw new InvalidArgumentError(
      'It must look like training=ml.m5.large; uses: processing, training, transform, endpoint.',
    );
  }
  return [...before, { use, instanceType }];
}

export function registerDoctor(program: Command, action: Action): void {
  program
    .command('doctor')
    .description('check region, credentials, bootstrap, quotas and concurrency')
    .option('--instance-type <use=type>', "instance to check quotas for (default: the deployed models')", instance)
    .action(action(run));
}

async function run(context: Context, flags: { readonly instanceType?: readonly Instance[] }): Promise<void> {
  const checks = await diagnose(await context.session(), flags.instanceType ?? []);
  const failed = checks.some(({ status }) => status === 'fail');
  if (failed) context.exitCode = EXIT.failed;
  context.out.result({ ok: !failed, checks }, () => checkTable(context, checks));
}

function checkTable({ out: { color } }: Context, checks: readonly Check[]): string {
  const marks = { ok: color.green('ok'), warn: color.yellow('warn'), fail: color.red('fail') };
  return table(checks, [
    { title: '', value: ({ status }) => marks[status] },
    { title: 'CHECK', value: ({ check }) => check },
    { title: 'FOUND', value: ({ found }) => found },
    { title: 'WHAT TO DO', value: ({ todo }) => todo ?? '' },
  ]);
}
