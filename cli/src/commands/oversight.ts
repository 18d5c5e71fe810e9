import type { Command } from 'commander';
import type { Context } from '../context';
import { usageError } from '../errors';
import { day, type ModelRef, modelRef, name } from '../options';
import type { Action } from '../program';
import { aliasedVersion } from '../registry/aliases';

interface ReviewFlags {
  readonly validator?: string;
  readonly next?: string;
  readonly comment?: string;
}

interface RetireFlags {
  readonly reason?: string;
  readonly undo?: boolean;
}

/** `models review`, `models retire` and `models alias`. */
export function registerOversight(models: Command, action: Action): void {
  models
    .command('review')
    .description('note who validates a model, by when it is reviewed next, and what a review found')
    .argument('<model>', 'name of the model', name)
    .option('--validator <who>', "who validates it, and isn't its owner")
    .option('--next <day>', 'day of the next review, like 2027-01-31', day)
    .option('--comment <text>', 'what the review found')
    .action(action(review));
  models
    .command('retire')
    .description('take a model out of use: no runs, no releases')
    .argument('<model>', 'name of the model', name)
    .option('--reason <text>', 'why')
    .option('--undo', 'take it back into use')
    .action(action(retire));
  models
    .command('alias')
    .description('point an alias at a version; the champion moves by releases only')
    .argument('<model>', 'model@version or model@alias; with --remove the model alone', modelRef)
    .argument('<alias>', 'name of the alias', name)
    .option('--remove', 'take the alias away')
    .action(action(alias));
}

async function review(context: Context, model: string, { validator, next, comment }: ReviewFlags): Promise<void> {
  if (validator === undefined && next === undefined && comment === undefined) {
    throw usageError('Nothing to note.', 'Give --validator, --next or --comment.');
  }
  const registry = await (await context.session()).registry();
  const notes = { validator, nextReview: next, comment };
  const record = await registry.oversee(model, notes);
  context.out.result(record, () => {
    const reviewed = record.nextReview ? `next review by ${record.nextReview.text}` : 'no next review is set';
    return `${model}: ${record.validator ? `validated by ${record.validator.text}, ` : ''}${reviewed}`;
  });
}

async function retire(context: Context, model: string, { reason, undo }: RetireFlags): Promise<void> {
  if ((reason === undefined) === (undo === undefined)) {
    throw usageError('A model is retired for a reason.', 'Give --reason TEXT, or --undo to take it back into use.');
  }
  const registry = await (await context.session()).registry();
  const record = await registry.oversee(model, { retired: undo ? null : reason });
  context.out.result(record, () =>
    undo
      ? `${model} is in use again.`
      : `${model} is retired: it takes no runs and no releases. What serves goes on serving; its endpoint goes with its stack.`,
  );
}

async function alias(context: Context, ref: ModelRef, wanted: string, flags: { readonly remove?: boolean }) {
  const registry = await (await context.session()).registry();
  if (flags.remove) {
    await registry.removeAlias(ref.model, wanted);
    return context.out.result({ model: ref.model, alias: wanted, removed: true }, () => `${wanted} is gone.`);
  }
  const version = ref.version ?? (ref.alias ? await aliasedVersion(registry, ref.model, ref.alias) : undefined);
  if (version === undefined) throw usageError(`Which version of ${ref.model}?`, `Give ${ref.model}@<version>.`);
  const record = await registry.setAlias(ref.model, wanted, version);
  context.out.result(record, () => `${wanted} is ${ref.model} version ${version}.`);
}
