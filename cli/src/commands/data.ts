import type { Command } from 'commander';
import { formatBytes } from '../../../core/report';
import type { DatasetRecord, DatasetVersionRecord } from '../../../lib/registry/contract';
import type { Context } from '../context';
import { collectFiles } from '../data/files';
import { pushData, settled } from '../data/push';
import { usageError } from '../errors';
import { plural, shortDigest, table, time } from '../format';
import { s3Place } from '../objects';
import { name, seconds } from '../options';
import type { Action } from '../program';
import { registerVersions } from './data-versions';
import { dataThing, registerNotes } from './notes';
import { registerPii } from './pii';

interface PushFlags {
  readonly message?: string;
  readonly timeout: number;
}

export function registerData(program: Command, action: Action): void {
  const data = program.command('data').description('dataset versions');
  data
    .command('push')
    .description('upload files as a new, immutable version of a dataset')
    .argument('<dataset>', 'name of the dataset', name)
    .argument('<paths...>', 'files, or a folder')
    .option('-m, --message <text>', 'what is new in this version')
    .option('--timeout <seconds>', 'how long to wait for the version', seconds, 300)
    .action(action(push));
  data
    .command('register')
    .description("make a version of what lies in the platform's bucket already, where it lies")
    .argument('<dataset>', 'name of the dataset', name)
    .argument('<uri>', 's3://<bucket>/data/…/, a prefix of the platform')
    .option('-m, --message <text>', 'what is new in this version')
    .option('--timeout <seconds>', 'how long to wait for the version', seconds, 900)
    .action(action(register));
  data
    .command('ls')
    .description('datasets, or the versions of one')
    .argument('[dataset]', 'name of the dataset', name)
    .action(action(list));
  registerVersions(data, action);
  registerPii(data, action);
  registerNotes(data, action, ['<dataset>', 'dataset or dataset@version'], dataThing);
}

async function push(context: Context, dataset: string, paths: string[], flags: PushFlags): Promise<void> {
  const { out, host } = context;
  const files = await collectFiles(paths, host.cwd);
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const session = await context.session();
  const [registry, s3] = await Promise.all([session.registry(), session.s3()]);
  out.info(`Uploading ${plural(files.length, 'file')} (${formatBytes(total)})`);
  const upload = await pushData({
    registry,
    s3,
    dataset,
    files,
    ...(flags.message ? { message: flags.message } : {}),
    pollMs: session.pollMs,
    timeoutMs: flags.timeout * 1000,
    onUploaded: (file, done) => out.transient(`  ${done}/${files.length} ${file.name}`),
  });
  const { version, deduplicated = false, uploadId } = upload;
  out.result({ dataset, version, deduplicated, uploadId, files: files.length, bytes: total }, () =>
    deduplicated
      ? `unchanged: version ${version} has the same content`
      : `${dataset} version ${version}: ${plural(files.length, 'file')}, ${formatBytes(total)}`,
  );
}

async function register(context: Context, dataset: string, uri: string, flags: PushFlags): Promise<void> {
  const session = await context.session();
  const [registry, { bucket }] = await Promise.all([session.registry(), session.platform()]);
  const { Bucket, Key: path = '' } = s3Place(uri);
  if (Bucket !== bucket || !path.startsWith('data/')) {
    throw usageError(
      `Only what lies below s3://${bucket}/data/ can be registered where it is, not ${uri}.`,
      `Copy it there first: aws s3 cp --recursive ${uri} s3://${bucket}/data/landing/${dataset}/`,
    );
  }
  const prefix = path.endsWith('/') ? path : `${path}/`;
  const { uploadId } = await registry.registerPrefix(dataset, prefix, flags.message);
  const options = { registry, dataset, pollMs: session.pollMs, timeoutMs: flags.timeout * 1000 };
  const { version, deduplicated = false } = await settled(options, uploadId);
  context.out.result({ dataset, version, deduplicated, uploadId, prefix }, () =>
    deduplicated ? `unchanged: version ${version} has the same content` : `${dataset} version ${version}: ${uri}`,
  );
}

async function list(context: Context, dataset: string | undefined): Promise<void> {
  const registry = await (await context.session()).registry();
  if (dataset === undefined) {
    const datasets = await registry.datasets();
    return context.out.result(datasets, () => datasetTable(datasets));
  }
  const versions = await registry.datasetVersions(dataset);
  context.out.result(versions, () => versionTable(dataset, versions));
}

function datasetTable(datasets: readonly DatasetRecord[]): string {
  if (datasets.length === 0) return 'No dataset yet. Push one with: mlops data push <dataset> <files>';
  return table(datasets, [
    { title: 'DATASET', value: ({ dataset }) => dataset },
    { title: 'VERSION', value: ({ lastVersion }) => lastVersion, align: 'right' },
  ]);
}

function versionTable(dataset: string, versions: readonly DatasetVersionRecord[]): string {
  if (versions.length === 0) return `${dataset} has no version yet. Push one with: mlops data push ${dataset} <files>`;
  return table(versions, [
    { title: 'VERSION', value: ({ version }) => version, align: 'right' },
    { title: 'FILES', value: ({ objects }) => objects.length, align: 'right' },
    { title: 'SIZE', value: ({ totalBytes }) => formatBytes(totalBytes), align: 'right' },
    { title: 'ROWS', value: ({ table: held }) => held?.rows, align: 'right' },
    { title: 'CONTENT', value: ({ contentDigest }) => shortDigest(contentDigest) },
    { title: 'CREATED (UTC)', value: ({ createdAt }) => time(createdAt) },
    { title: 'MESSAGE', value: ({ message }) => message ?? '' },
  ]);
}
