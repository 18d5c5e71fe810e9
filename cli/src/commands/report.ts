import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { evidencePackHtml, type JudgedPack, judgePack } from '../../../core/compliance';
import type { FeatureShare } from '../../../core/explain';
import { missingParts } from '../../../core/model-card';
import { formatShare } from '../../../core/report';
import type { Context } from '../context';
import { EXIT } from '../exit-codes';
import { plural, table } from '../format';
import { name, wholeNumber } from '../options';
import type { Action } from '../program';
import { gatherFacts } from '../report/facts';
import { PACK_NAMES, packOf } from '../report/packs';

interface Flags {
  readonly pack: readonly string[];
  readonly out: string;
}

export function registerReport(program: Command, action: Action): void {
  program
    .command('report')
    .description('write the evidence pack of a version: model card, and each clause of a regulation with what shows it')
    .argument('<model>', 'name of the model', name)
    .argument('<version>', 'version number', wholeNumber)
    .option('--pack <pack>', `${PACK_NAMES}, or a file with a pack of yours`, several, [])
    .option('--out <dir>', 'folder for the HTML and JSON files', '.')
    .action(action(report));
}

const several = (value: string, before: readonly string[]): string[] => [...before, value];

async function report(context: Context, model: string, version: number, flags: Flags): Promise<void> {
  const { host, out } = context;
  const asked = flags.pack.length > 0 ? flags.pack : ['eu-ai-act'];
  const packs = asked.map((pack) => packOf(pack, host.cwd));
  const { facts, problems } = await gatherFacts(await context.session(), model, version);
  for (const problem of problems) out.warn(problem);
  const judged = packs.map((pack) => judgePack(pack, facts));
  const madeAt = new Date().toISOString();
  const folder = resolve(host.cwd, flags.out);
  mkdirSync(folder, { recursive: true });
  const file = (ending: string): string => join(folder, `${model}-${version}-evidence.${ending}`);
  const waivers = facts.waivers?.records;
  const drivers = facts.explanation?.shares ?? [];
  const document = { model, version, madeAt, packs: judged, waivers, modelCard: facts.card, drivers, problems };
  writeFileSync(file('json'), `${JSON.stringify(document, null, 2)}\n`);
  writeFileSync(file('html'), evidencePackHtml(facts, judged, madeAt));
  if (problems.length > 0) context.exitCode = EXIT.rejected;
  out.result({ ...document, files: [file('html'), file('json')] }, () =>
    [
      ...judged.map(packText),
      driversText(drivers),
      cardText(facts.card),
      `Written: ${file('html')} and ${file('json')}`,
    ].join('\n\n'),
  );
}

const packText = ({ title, sections }: JudgedPack): string =>
  [
    title,
    table(sections, [
      { title: 'SECTION', value: (section) => section.title },
      ...(['shown', 'partly', 'not shown', 'organisation'] as const).map((status) => ({
        title: status.toUpperCase(),
        value: ({ clauses }: JudgedPack['sections'][number]) => clauses.filter((each) => each.status === status).length,
        align: 'right' as const,
      })),
    ]),
  ].join('\n\n');

/** Features that the command names; the page shows more. */
const MOST_NAMED = 5;

function driversText(drivers: readonly FeatureShare[]): string {
  if (drivers.length === 0) return 'Nothing on record says what drives its answers.';
  const named = drivers
    .slice(0, MOST_NAMED)
    .map(({ feature, share, label }) => `${feature}${label ? ` (${label})` : ''} ${formatShare(share)}`);
  return `What drives its answers most: ${named.join(', ')}.`;
}

function cardText(card: Parameters<typeof missingParts>[0]): string {
  const missing = missingParts(card);
  if (missing.length === 0) return 'The model card is complete.';
  const lines = missing.map(({ asks, property }) => `  ${asks}${property ? ` (${property})` : ''}`);
  return [`The model card lacks ${plural(missing.length, 'part')}:`, ...lines].join('\n');
}
