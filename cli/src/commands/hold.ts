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
    .description('keep a thing from deletion, let go of it, or show what keeps it')
    .argument('<thing>', 'model@version, dataset@version or the id of a run')
    .option('--reason <text>', 'why it is kept')
    .option('--release', 'let go of it')
    .action(action(hold));
}

async function hold(context: Context, thing: string, { reason, release }: HoldFlags): Promise<void> {
  if (reason !== undefined && release) throw usageError('Give --reason to hold it, or --release to let go, not both.');
  const registry = await (await context.session()).registry();
  if (reason === undefined && !release) {
    const retention = await registry.retention(thing);
    return context.out.result(retention, () => retention.keptBy.join('\n') || `Nothing keeps ${thing}.`);
  }
  const notes = await registry.hold(thing, reason ?? null);
  context.out.result(notes, () => (release ? `${thing} is no longer on hold.` : `${thing} is on hold: ${reason}`));
}
