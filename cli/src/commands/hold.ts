import type { Command } from 'commander';
import type { Context } from '../context';
import { usageError } from '../errors';
import type { Action } from '../program';

interface HoldFlags {
  readonly reason?: string;
  readonly release?: boolean;
}

export function registerHold(program: Command, action: Action): void {
  program
    .command('hold')
    .description('keep a thing from deletion, or let go of it')
    .argument('<thing>', 'model@version, dataset@version or the id of a run')
    .option('--reason <text>', 'why it is kept')
    .option('--release', 'let go of it')
    .action(action(hold));
}

async function hold(context: Context, thing: string, { reason, release }: HoldFlags): Promise<void> {
  if ((reason === undefined) === (release === undefined)) {
    throw usageError('A hold has a reason.', 'Give --reason TEXT, or --release to let go.');
  }
  const registry = await (await context.session()).registry();
  const notes = await registry.hold(thing, reason ?? null);
  context.out.result(notes, () => (release ? `${thing} is no longer on hold.` : `${thing} is on hold: ${reason}`));
}
