import type { Command } from 'commander';
import { compareProfiles } from '../../../core/drift';
import { suggestConstraints, toStatistics } from '../../../core/model-monitor';
import { mergeProfiles, type Profile, packProfile } from '../../../core/profile';
import { compareServing } from '../../../core/skew';
import type { Context } from '../context';
import { usageError } from '../errors';
import { EXIT } from '../exit-codes';
import { profileFiles, readProfile, writeDocument, writeText } from '../profile/files';
import { driftDocument, driftText, profileText } from '../profile/text';
import type { Action } from '../program';

export function registerProfiles(program: Command, action: Action): void {
  program
    .command('profile')
    .description('profile CSV, JSON Lines, SageMaker capture or Parquet files, gzipped or not, as one table')
    .argument('<files...>', 'files with data')
    .option('--baseline <profile>', 'count in the bins of this profile, so that the two can be compared exactly')
    .option('--out <file>', 'write the profile here')
    .option('--statistics <file>', "write Model Monitor's statistics.json here")
    .option(
      '--constraints <file>',
      "suggest rules from the data, and write them here as Model Monitor's constraints.json",
    )
    .action(action(profile));
  program
    .command('merge')
    .description('merge profiles of parts of a table into the profile of the whole')
    .argument('<profiles...>', 'profiles that were made with one baseline')
    .requiredOption('--out <file>', 'write the profile here')
    .action(action(merge));
  program
    .command('drift')
    .description('compare two files or profiles, feature by feature')
    .argument('<baseline>', 'what is usual: a profile (.json), or a file with data')
    .argument('<current>', 'what is held against it')
    .action(action(drift));
  program
    .command('skew')
    .description(
      'hold what is served against what was trained on: columns, types, missing values, ranges, distributions',
    )
    .argument('<training>', 'the training data: a profile (.json), or a file with data')
    .argument('<serving>', 'what the model is asked: a profile, a file with data, or a capture file')
    .option('--ignore <columns>', 'columns that are not served, as the label, separated by commas', names)
    .action(action(skew));
}

const names = (value: string): string[] => value.split(',').map((name) => name.trim());

interface ProfileFlags {
  readonly baseline?: string;
  readonly out?: string;
  readonly statistics?: string;
  readonly constraints?: string;
}

async function profile(context: Context, files: string[], flags: ProfileFlags): Promise<void> {
  const baseline = flags.baseline ? await requireProfile(context, flags.baseline) : undefined;
  const unique = flags.constraints !== undefined;
  const made = await profileFiles(context, files, { unique, ...(baseline && { baseline }) });
  if (flags.statistics) writeDocument(context, flags.statistics, toStatistics(made));
  if (flags.constraints) writeDocument(context, flags.constraints, suggestConstraints(made));
  finish(context, made, flags.out);
}

async function skew(context: Context, trainingFile: string, servingFile: string, flags: { ignore?: string[] }) {
  const training = (await readProfile(context, trainingFile)) ?? (await profileFiles(context, [trainingFile]));
  const ignored = new Set(flags.ignore);
  const baseline = { ...training, features: training.features.filter(({ name }) => !ignored.has(name)) };
  const serving =
    (await readProfile(context, servingFile)) ?? (await profileFiles(context, [servingFile], { baseline }));
  const report = compareServing(baseline, serving, { ignore: flags.ignore });
  if (report.skewed) context.exitCode = EXIT.rejected;
  const { findings, drift: compared, skewed } = report;
  context.out.result({ skewed, findings, drift: driftDocument(compared) }, () =>
    skewed ? findings.map(({ message }) => message).join('\n') : 'No skew.',
  );
}

async function merge(context: Context, files: string[], flags: { out: string }): Promise<void> {
  const profiles = await Promise.all(files.map((file) => requireProfile(context, file)));
  finish(context, mergeProfiles(profiles), flags.out);
}

async function requireProfile(context: Context, file: string): Promise<Profile> {
  const found = await readProfile(context, file);
  if (found) return found;
  throw usageError(`${file} is no profile: its name does not end in .json.`, 'mlops profile <files…> --out <file>');
}

function finish(context: Context, made: Profile, out: string | undefined): void {
  const text = packProfile(made);
  if (out) writeText(context, out, text);
  context.out.result(JSON.parse(text), () => profileText(made));
}

async function drift(context: Context, baselineFile: string, currentFile: string): Promise<void> {
  const baseline = (await readProfile(context, baselineFile)) ?? (await profileFiles(context, [baselineFile]));
  const current =
    (await readProfile(context, currentFile)) ?? (await profileFiles(context, [currentFile], { baseline }));
  const report = compareProfiles(baseline, current);
  if (report.drifted) context.exitCode = EXIT.rejected;
  context.out.result(driftDocument(report), () => driftText(report));
}
