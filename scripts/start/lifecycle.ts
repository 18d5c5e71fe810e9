import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startRun } from '../../cli/src/commands/train';
import { collectFiles } from '../../cli/src/data/files';
import { pushData } from '../../cli/src/data/push';
import { CommandError } from '../../cli/src/errors';
import { EXIT, exitCodeOf } from '../../cli/src/exit-codes';
import type { Output } from '../../cli/src/output';
import { verdictLines } from '../../cli/src/runs/verdicts';
import { watchRelease, watchRun } from '../../cli/src/runs/watch';
import type { Session } from '../../cli/src/session';
import { withPackedSource } from '../../cli/src/source/upload';
import type { DatasetVersionRecord, ReleaseRecord } from '../../lib/registry/contract';
import { EXAMPLE } from './bring-up';
import { decide } from './decide';

export const MODEL = 'diagnosis';
const SOURCE = join(EXAMPLE, 'src');
/** How long the platform may take to ask for the release of a new candidate by itself. */
const RELEASE_ASKED_MS = 20_000;

/** Pushes the data of a model; the same data gives the version that is there. */
export async function push(
  session: Session,
  file: string,
  model = MODEL,
  message = 'Wisconsin breast cancer',
): Promise<DatasetVersionRecord & { readonly isNew: boolean }> {
  const [registry, s3] = await Promise.all([session.registry(), session.s3()]);
  const files = await collectFiles([file], '/');
  const { dataset } = await session.model(model);
  const upload = await pushData({ registry, s3, dataset, files, message, pollMs: 300, timeoutMs: 120_000 });
  const record = await registry.datasetVersion(dataset, upload.version!);
  return { ...record, isNew: !upload.deduplicated };
}

/** Trains and releases as far as that is not done yet. @returns the version that serves */
export async function goOn(out: Output, session: Session, data: DatasetVersionRecord): Promise<number> {
  const registry = await session.registry();
  const [sourceSha256, versions, runs, releases, aliases] = await Promise.all([
    withPackedSource(SOURCE, async ({ sha256 }) => sha256),
    registry.modelVersions(MODEL),
    registry.runs(MODEL),
    registry.releases(MODEL),
    registry.aliases(MODEL),
  ]);
  const champion = aliases.find(({ alias }) => alias === 'champion')?.version;
  const next = decide({ data, sourceSha256, versions, runs, releases, ...(champion ? { champion } : {}) });
  switch (next.kind) {
    case 'show':
      out.info(
        `${out.color.green('✓')} Version ${next.version} serves already: same data, same source, nothing to train`,
      );
      return next.version;
    case 'release':
      return release(out, session, next.version, next.releaseId);
    case 'watch-run':
      return finishRun(out, session, next.runId);
    case 'train': {
      const run = await startRun({ out }, session, MODEL, {
        source: SOURCE,
        dataVersion: data.version,
        reason: 'npm start',
      });
      return finishRun(out, session, run.runId);
    }
  }
}

async function finishRun(out: Output, session: Session, runId: string): Promise<number> {
  out.info(`Training: run ${runId}`);
  const run = await watchRun(session, out, runId);
  if (run.status === 'SUCCEEDED' && run.version !== undefined) return release(out, session, run.version);
  throw new CommandError(`The run ended as ${run.status}: ${run.reason ?? 'no reason was recorded'}`, {
    exitCode: run.status === 'SUCCEEDED' ? EXIT.failed : exitCodeOf(run.status),
    hint: `See its logs with: npx mlops runs logs ${runId}`,
  });
}

async function release(out: Output, session: Session, version: number, known?: string): Promise<number> {
  const releaseId = known ?? (await askedRelease(session, MODEL, version)).releaseId;
  out.info(`Release of version ${version}: ${releaseId}`);
  const record = await watchRelease(session, out, releaseId);
  for (const line of verdictLines(record.verdicts ?? [])) out.info(line);
  if (record.status === 'SUCCEEDED') return version;
  if (record.status === 'WAITING_FOR_APPROVAL') {
    throw new CommandError(`Version ${version} waits for approval.`, {
      hint: `Approve it with: npx mlops models approve ${MODEL} ${version}, then run npm start again.`,
    });
  }
  throw new CommandError(`The release ended as ${record.status}: ${record.reason ?? 'no reason was recorded'}`, {
    exitCode: exitCodeOf(record.status),
    hint: `See the version with: npx mlops models show ${MODEL}@${version}`,
  });
}

/** The release that the platform asks for by itself; where none comes, one of ours. */
export async function askedRelease(session: Session, model: string, version: number): Promise<ReleaseRecord> {
  const registry = await session.registry();
  const find = async () =>
    (await registry.releases(model)).find((each) => each.version === version && each.status !== 'FAILED');
  for (const until = Date.now() + RELEASE_ASKED_MS; Date.now() < until; await sleep(session.pollMs)) {
    const found = await find();
    if (found) return found;
  }
  try {
    return await registry.requestRelease(model, version);
  } catch (error) {
    const found = error instanceof CommandError && error.exitCode === EXIT.conflict ? await find() : undefined;
    if (found) return found;
    throw error;
  }
}
