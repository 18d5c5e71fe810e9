import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { compareFiles, compareProfiles, tellFiles, versionDifferenceHtml } from '../../../core/drift';
import type { Profile, ProfileOptions } from '../../../core/profile';
import { formatBytes, formatCount } from '../../../core/report';
import type { DatasetTable, DatasetVersionRecord } from '../../../lib/registry/contract';
import type { Context } from '../context';
import { sourcesOfVersion } from '../data/version-source';
import { type Column, fields, table, time } from '../format';
import { name, wholeNumber } from '../options';
import { profileWithProgress } from '../profile/files';
import { driftDocument, driftText, profileText } from '../profile/text';
import type { Action } from '../program';

/** `data show` and `data diff`. */
export function registerVersions(data: Command, action: Action): void {
  data
    .command('show')
    .description('a version: its files with S3 versions and digests, and rows, columns and ranges, read from the data')
    .argument('<dataset>', 'dataset, its latest version, or dataset@version', datasetRef)
    .option('--manifest', 'the manifest alone: no data is read')
    .action(action(show));
  data
    .command('diff')
    .description('what differs between two versions: files, columns, distributions')
    .argument('<dataset>', 'name of the dataset', name)
    .argument('<before>', 'version', wholeNumber)
    .argument('<now>', 'version', wholeNumber)
    .option('--html <file>', 'write a page with plots here')
    .action(action(diff));
}

interface DatasetRef {
  readonly dataset: string;
  /** The latest when absent. */
  readonly version?: number;
}

/** `dataset` or `dataset@3`. */
function datasetRef(value: string): DatasetRef {
  const [dataset = '', version, ...rest] = value.split('@');
  if (rest.length > 0) throw new InvalidArgumentError('It must look like dataset or dataset@3.');
  return { dataset: name(dataset), ...(version === undefined ? {} : { version: wholeNumber(version) }) };
}

async function show(
  context: Context,
  { dataset, version: asked }: DatasetRef,
  flags: { manifest?: true },
): Promise<void> {
  const registry = await (await context.session()).registry();
  const version = await registry.datasetVersion(dataset, asked ?? 'latest');
  const profile = flags.manifest ? undefined : await profileOf(context, version, { refine: false });
  const summary = profile && { rows: profile.rows, badRows: profile.badRows, columns: profile.features.map(columnOf) };
  context.out.result({ ...version, ...(summary ? { profile: summary } : {}) }, () =>
    [manifestText(version, !profile), ...(profile ? [profileText(profile)] : [])].join('\n\n'),
  );
}

async function diff(
  context: Context,
  dataset: string,
  beforeNumber: number,
  nowNumber: number,
  flags: { html?: string },
): Promise<void> {
  const { out, host } = context;
  const registry = await (await context.session()).registry();
  const [before, now] = await Promise.all(
    [beforeNumber, nowNumber].map((each) => registry.datasetVersion(dataset, each)),
  );
  const files = compareFiles(before!.objects, now!.objects);
  const versions = { dataset, before: beforeNumber, now: nowNumber };
  if (before!.contentDigest === now!.contentDigest) {
    return out.result(
      { ...versions, identical: true, files },
      () =>
        `Version ${beforeNumber} and version ${nowNumber} of ${dataset} hold the same content (${before!.contentDigest}).`,
    );
  }
  const baseline = await profileOf(context, before!);
  const current = await profileOf(context, now!, { baseline });
  const report = compareProfiles(baseline, current);
  const profiles = { before: baseline, now: current };
  const path = flags.html && resolve(host.cwd, flags.html);
  if (path) writeFileSync(path, versionDifferenceHtml({ ...versions, files, report, profiles }));
  const document = { ...versions, identical: false, files, ...driftDocument(report), ...(path ? { html: path } : {}) };
  out.result(document, () =>
    [
      driftText(report, ['Distributions differ.', 'No distribution differs.']),
      tellFiles(files),
      ...(path ? [`Written: ${path}`] : []),
    ].join('\n'),
  );
}

async function profileOf(
  context: Context,
  version: DatasetVersionRecord,
  options: ProfileOptions = {},
): Promise<Profile> {
  const s3 = await (await context.session()).s3();
  return profileWithProgress(context, sourcesOfVersion(s3, version), options);
}

/** What a profile says of a column, without its values. */
function columnOf({ name, type, kinds, numeric }: Profile['features'][number]) {
  const numbers = numeric && { min: numeric.min, mean: numeric.sum / numeric.n, max: numeric.max };
  return { name, type, missing: kinds.missing + kinds.nan + kinds.infinite, ...numbers };
}

const COLUMNS: readonly Column<DatasetTable['columns'][number]>[] = [
  { title: 'COLUMN', value: (column) => column.name },
  { title: 'TYPE', value: ({ type }) => type },
  { title: 'MISSING', value: ({ missing }) => formatCount(missing), align: 'right' },
];

/** @param withColumns whether nothing below tells the columns */
function manifestText(version: DatasetVersionRecord, withColumns: boolean): string {
  const {
    dataset,
    objects,
    table: held,
    totalBytes,
    contentDigest,
    bucket,
    prefix,
    message,
    createdBy,
    createdAt,
  } = version;
  const head = fields([
    ['Dataset', `${dataset} version ${version.version}`],
    ['Content', contentDigest],
    ['Where', `s3://${bucket}/${prefix}`],
    ['Size', `${formatBytes(totalBytes)} in ${objects.length} files`],
    ['Table', held && `${formatCount(held.rows)} rows, ${held.columns.length} columns`],
    ['Made (UTC)', `${time(createdAt)} by ${createdBy.onBehalfOf ?? createdBy.id}`],
    ['Message', message],
  ]);
  const files = table(objects, [
    { title: 'FILE', value: (object) => object.name },
    { title: 'SIZE', value: ({ size }) => formatBytes(size), align: 'right' },
    { title: 'S3 VERSION', value: ({ versionId }) => versionId },
    { title: 'SHA-256', value: ({ sha256 }) => sha256 },
  ]);
  const columns = held && withColumns ? table(held.columns, COLUMNS) : undefined;
  return [head, files, ...(columns ? [columns] : [])].join('\n\n');
}
