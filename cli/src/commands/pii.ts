import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { type PiiFinding, scanPii } from '../../../core/pii';
import { ProblemLog, placeOf } from '../../../core/problems';
import type { Context } from '../context';
import { usageError } from '../errors';
import { EXIT } from '../exit-codes';
import { plural, table } from '../format';
import type { Action } from '../program';

interface Flags {
  readonly allow: readonly string[];
}

/** `data pii`. */
export function registerPii(data: Command, action: Action): void {
  data
    .command('pii')
    .description(
      'look for personal data in a CSV file: e-mail, phone, card, IBAN and national ids, by column; nothing leaves',
    )
    .argument('<file>', 'CSV file with a header, gzipped or not')
    .option('--allow <column>', 'column that may hold it; may be given several times', several, [])
    .action(action(run));
}

const several = (value: string, before: readonly string[]): string[] => [...before, value];

async function run(context: Context, file: string, { allow }: Flags): Promise<void> {
  const path = resolve(context.host.cwd, file);
  if (!(await stat(path).catch(() => undefined))?.isFile()) throw usageError(`${file} is no file.`);
  const problems = new ProblemLog();
  const { rows, findings } = await scanPii({ file, bytes: createReadStream(path) }, problems);
  const [first] = problems.summary().problems;
  if (first) context.out.warn(`Not all could be read. ${placeOf(first)}: ${first.message} ${first.hint}`);
  const marked = findings.map((finding) => ({ ...finding, allowed: allow.includes(finding.column) }));
  if (marked.some(({ allowed }) => !allowed)) context.exitCode = EXIT.rejected;
  context.out.result({ rows, findings: marked, problems: problems.summary() }, () =>
    marked.length === 0 ? `No personal data found in ${plural(rows, 'row')}.` : findingTable(marked),
  );
}

const findingTable = (findings: readonly (PiiFinding & { readonly allowed: boolean })[]): string =>
  table(findings, [
    { title: 'COLUMN', value: ({ column }) => column },
    { title: 'HOLDS', value: ({ kind }) => kind },
    { title: 'ROWS', value: ({ rows }) => rows, align: 'right' },
    { title: '', value: ({ allowed }) => (allowed ? 'allowed' : 'not allowed') },
  ]);
