import type { ReadBackStack } from 'cdk-mlops-sandbox';
import type { Command } from 'commander';
import type { Context } from '../context';
import { notFound } from '../errors';
import type { Action } from '../program';

interface ReadBackFlags {
  readonly name?: string;
}

/** `sandbox readback`: what the sandbox made of deployed stacks. */
export function registerReadBack(sandbox: Command, action: Action): void {
  sandbox
    .command('readback [stack]')
    .description('which properties of deployed stacks the sandbox did not apply')
    .option('--name <name>', 'tells apart the sandboxes of one project')
    .action(action(readBack));
}

async function readBack(context: Context, stack: string | undefined, { name }: ReadBackFlags): Promise<void> {
  const stacks = await context.host.sandbox.readBackStacks({ ...(name ? { name } : {}), ...(stack ? { stack } : {}) });
  if (stack && stacks.length === 0) {
    throw notFound(`No stack ${stack} is deployed in the sandbox.`, 'All that are: mlops sandbox readback');
  }
  context.out.result(stacks, () => stacks.map(stackText).join('\n\n') || 'No stack is deployed in the sandbox.');
}

function stackText({ stack, resources }: ReadBackStack): string {
  const dropped = resources.flatMap(({ logicalId, type, differences, uncovered }) => [
    ...differences.map(
      ({ property, wanted, found }) =>
        `  ${logicalId} (${type}) ${property || 'the resource'}: wanted ${shown(wanted)}, is ${shown(found)}`,
    ),
    ...(uncovered.length > 0 ? [`  ${logicalId} (${type}) not compared: ${uncovered.join(', ')}`] : []),
  ]);
  const summary = `${stack}: ${resources.length} resources read back`;
  return dropped.length === 0 ? `${summary}, all as wanted` : [`${summary}`, ...dropped].join('\n');
}

/** A value on one line, cut where it is long. */
function shown(value: unknown): string {
  const text = value === null || value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 100 ? `${text.slice(0, 97)}...` : text;
}
