import type { Command } from 'commander';
import {
  BadDocument,
  type Constraints,
  checkConstraints,
  readConstraints,
  schemaOf,
  toViolations,
} from '../../../core/model-monitor';
import type { Context } from '../context';
import { usageError } from '../errors';
import { EXIT } from '../exit-codes';
import { plural } from '../format';
import { profileFiles, readProfile, readText, writeDocument } from '../profile/files';
import type { Action } from '../program';

interface Flags {
  readonly constraints: string;
  readonly baseline?: string;
  readonly out?: string;
}

export function registerValidate(program: Command, action: Action): void {
  program
    .command('validate')
    .description(
      "hold data against rules: Model Monitor's constraints.json, or what `mlops profile --constraints` wrote",
    )
    .argument('<files...>', 'files with data, as one table')
    .requiredOption('--constraints <file>', 'the rules')
    .option('--baseline <profile>', "compare distributions with this profile, or with Model Monitor's statistics.json")
    .option('--out <file>', "write Model Monitor's constraint_violations.json here")
    .action(action(validate));
}

async function validate(context: Context, files: string[], flags: Flags): Promise<void> {
  const constraints = await rulesOf(context, flags.constraints);
  const baseline = flags.baseline ? await readProfile(context, flags.baseline) : undefined;
  if (flags.baseline && !baseline)
    throw usageError(
      `${flags.baseline} is no profile: its name does not end in .json.`,
      'mlops profile <files…> --out P',
    );
  const unique = constraints.features.some((feature) => feature.unique);
  const data = await profileFiles(context, files, { baseline: baseline ?? schemaOf(constraints), unique });
  const violations = checkConstraints(constraints, data, baseline);
  if (flags.out) writeDocument(context, flags.out, toViolations(violations));
  // Data of which parts could not be read have not been shown to keep the rules.
  const passed = violations.length === 0 && data.badRows === 0;
  if (!passed) context.exitCode = EXIT.rejected;
  const { rows, badRows, problems } = data;
  context.out.result({ passed, rows, badRows, violations, problems }, () =>
    [
      ...violations.map(({ check, message }) => `${check}: ${message}`),
      `${plural(rows, 'row')}, ${plural(badRows, 'row')} left out, ${plural(violations.length, 'violation')}.`,
    ].join('\n'),
  );
}

async function rulesOf(context: Context, file: string): Promise<Constraints> {
  try {
    return readConstraints(await readText(context, file));
  } catch (error) {
    if (!(error instanceof BadDocument)) throw error;
    throw usageError(`${file}: ${error.message}`, 'Suggest rules with: mlops profile <files…> --constraints <file>');
  }
}
