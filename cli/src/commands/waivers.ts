import type { Command } from 'commander';
import type { WaiverRecord } from '../../../lib/registry/contract';
import type { Context } from '../context';
import { CommandError, usageError } from '../errors';
import { EXIT } from '../exit-codes';
import { table, time } from '../format';
import { day, name, wholeNumber } from '../options';
import type { Action } from '../program';
import { waiverLine } from '../runs/verdicts';

interface RequestFlags {
  readonly policy: string;
  readonly reason: string;
  readonly expires: string;
}

interface DecisionFlags {
  readonly policy: string;
  readonly comment?: string;
}

/** `waivers request`, `grant`, `reject`, `revoke` and `ls`. */
export function registerWaivers(program: Command, action: Action): void {
  const waivers = program.command('waivers').description('policies that are set aside for one version, for a time');
  const add = (verb: string, description: string) =>
    waivers
      .command(verb)
      .description(description)
      .argument('<model>', 'name of the model', name)
      .argument('<version>', 'version number', wholeNumber)
      .requiredOption('--policy <id>', 'the policy, as the verdicts name it');
  add('request', 'ask that a policy be waived which has refused the version')
    .requiredOption('--reason <text>', 'why the version may serve all the same')
    .requiredOption('--expires <day>', 'the last day on which it counts, like 2027-01-31; 90 days at the most', day)
    .action(action(request));
  add('grant', 'grant a waiver that somebody else asked for')
    .option('--comment <text>', 'kept with the decision')
    .action(action(decider('GRANTED')));
  add('reject', 'refuse a waiver')
    .option('--comment <text>', 'why; required')
    .action(action(decider('REJECTED')));
  add('revoke', 'end a waiver before its day')
    .option('--comment <text>', 'why; required')
    .action(action(decider('REVOKED')));
  waivers
    .command('ls')
    .description("a model's waivers, and how each stands")
    .argument('<model>', 'name of the model', name)
    .argument('[version]', 'version number', wholeNumber)
    .action(action(list));
}

async function request(context: Context, model: string, version: number, { policy, reason, expires }: RequestFlags) {
  const registry = await (await context.session()).registry();
  const waiver = await registry.requestWaiver(model, version, { policy, reason, expires });
  context.out.result(waiver, () =>
    [
      waiverLine(waiver),
      `Somebody else grants it with: mlops waivers grant ${model} ${version} --policy ${policy}`,
    ].join('\n'),
  );
}

const decider =
  (decision: 'GRANTED' | 'REJECTED' | 'REVOKED') =>
  async (context: Context, model: string, version: number, { policy, comment }: DecisionFlags): Promise<void> => {
    if (decision !== 'GRANTED' && !comment?.trim()) {
      throw usageError('Those who asked for the waiver read why.', 'Give --comment.');
    }
    const registry = await (await context.session()).registry();
    const [waiver] = (await waiversOf(context, model, version)).filter((each) => each.policy === policy);
    if (!waiver) {
      throw new CommandError(`Nobody asked that ${policy} be waived for ${model} version ${version}.`, {
        exitCode: EXIT.notFound,
        hint: `mlops waivers ls ${model} ${version}`,
      });
    }
    context.out.info(`  ${waiver.sentence}\n  ${waiverLine(waiver)}`);
    const choice = { policy, number: waiver.number, decision, ...(comment ? { comment } : {}) };
    const decided = await registry.decideWaiver(model, version, choice);
    context.out.result(decided, () =>
      [
        waiverLine(decided),
        ...(decision === 'GRANTED' ? [`It counts in the next release: mlops release ${model} ${version}`] : []),
      ].join('\n'),
    );
  };

async function list(context: Context, model: string, version: number | undefined): Promise<void> {
  const waivers = await waiversOf(context, model, version);
  context.out.result(waivers, () => {
    if (waivers.length === 0) return 'No policy was waived.';
    return table(waivers, [
      { title: 'VERSION', value: (waiver) => waiver.version, align: 'right' },
      { title: 'POLICY', value: ({ policy, number }) => `${policy} #${number}` },
      { title: 'STATUS', value: (waiver) => statusOf(waiver) },
      { title: 'UNTIL', value: ({ expires }) => expires },
      { title: 'ASKED BY', value: ({ requestedBy }) => requestedBy.id },
      { title: 'DECIDED BY', value: ({ revoked, decided }) => (revoked ?? decided)?.by.id },
      { title: 'AT (UTC)', value: ({ revoked, decided }) => time((revoked ?? decided)?.at) },
      { title: 'REASON', value: ({ reason }) => reason },
    ]);
  });
}

/** Of a model or one version, newest first. */
async function waiversOf(context: Context, model: string, version: number | undefined): Promise<WaiverRecord[]> {
  const all = await (await (await context.session()).registry()).waivers(model);
  return all
    .filter((waiver) => version === undefined || waiver.version === version)
    .sort((a, b) => (a.requestedAt < b.requestedAt ? 1 : -1));
}

const statusOf = ({ status, expires }: WaiverRecord): string =>
  status === 'GRANTED' && expires < new Date().toISOString().slice(0, 10) ? 'EXPIRED' : status;
