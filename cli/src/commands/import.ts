import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { digestStream } from '../../../core/digest';
import { importKey } from '../../../lib/artifacts/contract';
import type { Context } from '../context';
import { putOnce } from '../data/put';
import { usageError } from '../errors';
import { exitCodeOf } from '../exit-codes';
import { shortDigest } from '../format';
import { name, seconds, wholeNumber } from '../options';
import type { Action } from '../program';
import { watchRun } from '../runs/watch';
import { packSource } from '../source/pack';
import { runSummary } from './train';

interface ImportFlags {
  readonly dataVersion?: number;
  readonly reason?: string;
  readonly follow: boolean;
  readonly timeout?: number;
}

interface Archive {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

export function registerImport(models: Command, action: Action): void {
  models
    .command('import')
    .description('register a model that was trained elsewhere, after it was sealed and graded here')
    .argument('<model>', 'name of the model', name)
    .argument('<archive>', 'model.tar.gz as SageMaker serves it, or a folder with what belongs into it')
    .option(
      '--data-version <n>',
      'version of the dataset by whose held-out rows it is graded (default: the latest)',
      wholeNumber,
    )
    .option('--reason <text>', 'where it comes from, and why')
    .option('--follow', 'watch until it has ended (default)', true)
    .option('--no-follow', 'only start it')
    .option('--timeout <seconds>', 'stop watching after this; the import goes on', seconds)
    .action(action(importModel));
}

async function importModel(context: Context, model: string, given: string, flags: ImportFlags): Promise<void> {
  const { out, host } = context;
  const session = await context.session();
  await session.model(model);
  const { bucket } = await session.platform();
  const s3 = await session.s3();
  const sha256 = await withArchive(resolve(host.cwd, given), given, async (archive) => {
    await putOnce(s3, { ...archive, bucket, key: importKey(model, archive.sha256), contentType: 'application/gzip' });
    return archive.sha256;
  });
  out.info(`Archive ${shortDigest(sha256)}`);
  const { dataVersion, reason } = flags;
  const started = await (await session.registry()).importModel(model, { sha256, datasetVersion: dataVersion, reason });
  out.info(`Run ${started.runId}`);
  if (!flags.follow) return out.result(started, () => `${started.runId} ${started.status}`);
  const run = await watchRun(session, out, started.runId, flags.timeout ? { timeoutMs: flags.timeout * 1000 } : {});
  context.exitCode = exitCodeOf(run.status);
  out.result(run, () => runSummary(run));
}

/** The archive as it is, or a folder packed into one that is gone afterwards. */
async function withArchive<T>(path: string, given: string, work: (archive: Archive) => Promise<T>): Promise<T> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw usageError(`${given} does not exist.`);
  if (found.isFile()) return work({ path, ...(await digestStream(createReadStream(path))) });
  const scratch = await mkdtemp(join(tmpdir(), 'mlops-import-'));
  try {
    return await work(await packSource(path, join(scratch, 'model.tar.gz')));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
