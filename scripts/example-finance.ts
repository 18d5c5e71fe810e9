/**
 * `npm run example:finance`: credit risk in the sandbox. A first model that the gate refuses because it treats the young
 * unlike others, with the report that says why, and a second, mitigated in its preprocessing, that passes and serves. The
 * sandbox is left running, the one of `npm start`; `-- --fresh` forgets what was there before.
 */
import { execFile } from 'node:child_process';
import { cp, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { startRun } from '../cli/src/commands/train';
import { CommandError } from '../cli/src/errors';
import type { Output } from '../cli/src/output';
import { verdictLines } from '../cli/src/runs/verdicts';
import { watchRelease, watchRun } from '../cli/src/runs/watch';
import type { Session } from '../cli/src/session';
import type { ReleaseRecord } from '../lib/registry/contract';
import { bringUp, deployExample, ROOT, writeData } from './start/bring-up';
import { askedRelease, push } from './start/lifecycle';
import { runScript } from './start/run-script';
import { stage } from './start/stage';

const EXAMPLE = join(ROOT, 'examples/finance');
const OUT = join(ROOT, '.mlops/finance');
const MODEL = 'credit';

async function finance(out: Output, fresh: boolean): Promise<void> {
  const { session, python } = await bringUp(out, fresh);
  await deployExample(out, session, EXAMPLE);
  const file = await stage(out, 'Example data written', () => writeData(python, EXAMPLE, 'finance/credit.csv'));
  const { version: dataVersion } = await push(session, file, MODEL, 'German credit');
  out.info('\nThe first model sees every column:');
  const first = await release(out, session, join(EXAMPLE, 'src'), dataVersion, 'every column');
  out.info('\nThe second does not see sex and age, and its rows are reweighed before the training:');
  const second = await release(out, session, await mitigated(), dataVersion, 'reweighed');
  const reports = await Promise.all([first, second].map(({ version }) => report(version)));
  out.info(`\nVersion ${first.version} ended as ${first.status}, version ${second.version} as ${second.status}.`);
  out.info(`Why, and what drives the answers of each: ${reports.map((path) => relative(ROOT, path)).join(', ')}`);
  out.info('It stays running. Stop it with: npm run stop');
  if (first.status !== 'REJECTED' || second.status !== 'SUCCEEDED') {
    throw new CommandError('That is not what this example is to show: a first version refused, a second that serves.');
  }
}

/** The source with the settings that mitigate. */
async function mitigated(): Promise<string> {
  const folder = join(OUT, 'mitigated');
  await rm(folder, { recursive: true, force: true });
  await cp(join(EXAMPLE, 'src'), folder, { recursive: true });
  await cp(join(EXAMPLE, 'mitigated.json'), join(folder, 'settings.json'));
  return folder;
}

async function release(out: Output, session: Session, source: string, dataVersion: number, reason: string) {
  const { runId } = await startRun({ out }, session, MODEL, { source, dataVersion, reason });
  const run = await watchRun(session, out, runId);
  if (run.status !== 'SUCCEEDED' || run.version === undefined) {
    throw new CommandError(`The run ended as ${run.status}: ${run.reason ?? 'no reason was recorded'}`, {
      hint: `See its logs with: npx mlops runs logs ${runId}`,
    });
  }
  const { releaseId } = await askedRelease(session, MODEL, run.version);
  const record: ReleaseRecord = await watchRelease(session, out, releaseId);
  for (const line of verdictLines(record.verdicts ?? [])) out.info(line);
  return record;
}

/** The evidence pack of a version, by the command, as a risk officer gets it. */
async function report(version: number): Promise<string> {
  const args = [join(ROOT, 'cli/bin/mlops.mjs'), '--sandbox', 'report', MODEL, String(version), '--out', OUT];
  await promisify(execFile)(process.execPath, args, { cwd: ROOT });
  return join(OUT, `${MODEL}-${version}-evidence.html`);
}

runScript('npm run example:finance', finance);
