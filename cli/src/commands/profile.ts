import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { compareProfiles } from '../../../core/drift';
import { mergeProfiles, type Profile, packProfile } from '../../../core/profile';
import type { Context } from '../context';
import { usageError } from '../errors';
import { EXIT } from '../exit-codes';
import { profileFiles, readProfile } from '../profile/files';
import { driftDocument, driftText, profileText } from '../profile/text';
import type { Action } from '../program';

export function registerProfiles(program: Command, action: Action): void {
  program
    .command('profile')
    .description('profile CSV, JSON Lines, SageMaker capture or Parquet files, gzipped or not, as one table')
    .argument('<files...>', 'files with data')
    .option('--baseline <profile>', 'count in the bins of this profile, so that the two can be compared exactly')
    .option('--out <file>', 'write the profile here')
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
}

async function profile(context: Context, files: string[], flags: { baseline?: string; out?: string }): Promise<void> {
  const baseline = flags.baseline ? await requireProfile(context, flags.baseline) : undefined;
  const made = await profileFiles(context, files, baseline ? { baseline } : {});
  finish(context, made, flags.out);
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
  if (out) writeFileSync(resolve(context.host.cwd, out), text);
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
