import { type Command, Option } from 'commander';
import { lineageTree, mermaid, openLineageEvents } from '../../../core/lineage';
import type { LineageGraph } from '../../../lib/registry/contract';
import type { Context } from '../context';
import { wholeNumber } from '../options';
import type { Action } from '../program';

interface LineageFlags {
  readonly format: 'tree' | 'mermaid' | 'json' | 'openlineage';
  readonly direction: 'up' | 'down' | 'both';
  readonly depth?: number;
  readonly limit?: number;
}

export function registerLineage(program: Command, action: Action): void {
  program
    .command('lineage')
    .description('what a thing came from, and all that came of it')
    .argument('<thing>', 'model@version, model@alias, dataset@version, a run, a release, a source digest or an image')
    .addOption(
      new Option('--format <format>', 'how it is written')
        .choices(['tree', 'mermaid', 'json', 'openlineage'])
        .default('tree'),
    )
    .addOption(new Option('--direction <way>', 'which part').choices(['up', 'down', 'both']).default('both'))
    .option('--depth <n>', 'edges from the thing to the farthest one (default: 12)', wholeNumber)
    .option('--limit <n>', 'things in all (default: 200)', wholeNumber)
    .action(action(lineage));
}

async function lineage(context: Context, thing: string, flags: LineageFlags): Promise<void> {
  const session = await context.session();
  const { format, ...query } = flags;
  const graph = await (await session.registry()).lineage(thing, query);
  if (graph.truncated) {
    context.out.info('This is not all: what has … has more. Ask for it by its name, or with --depth and --limit.');
  }
  if (format !== 'openlineage') return context.out.result(graph, () => asText(graph, format));
  const { platform } = await session.platform();
  const events = openLineageEvents(graph, `cdk-mlops://${platform}`);
  context.out.result(events, () => JSON.stringify(events, null, 2));
}

const asText = (graph: LineageGraph, format: Exclude<LineageFlags['format'], 'openlineage'>): string => {
  if (format === 'mermaid') return mermaid(graph);
  return format === 'json' ? JSON.stringify(graph, null, 2) : lineageTree(graph);
};
