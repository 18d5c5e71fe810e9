import type { Command } from 'commander';
import type { ReleaseRecord } from '../../../lib/registry/contract';
import type { Context } from '../context';
import { fields, table, time } from '../format';
import { name } from '../options';
import type { Action } from '../program';
import { verdictLines } from '../runs/verdicts';

/** `releases ls` and `releases show`. */
export function registerReleases(program: Command, action: Action): void {
  const releases = program.command('releases').description("a model's releases, and what decided them");
  releases
    .command('ls')
    .description('releases of a model, newest first')
    .argument('<model>', 'name of the model', name)
    .action(action(list));
  releases
    .command('show')
    .description('one release: who asked, by which policies it was judged, who decided, and how far it came')
    .argument('<release>', 'id of the release')
    .action(action(show));
}

async function list(context: Context, model: string): Promise<void> {
  const releases = await (await (await context.session()).registry()).releases(model);
  context.out.result(releases, () => {
    if (releases.length === 0) return `No release of ${model} yet. Ask for one with: mlops release ${model} <version>`;
    return table(releases, [
      { title: 'RELEASE', value: ({ releaseId }) => releaseId },
      { title: 'VERSION', value: ({ version }) => version, align: 'right' },
      { title: 'STATUS', value: ({ status }) => status },
      { title: 'REQUESTED (UTC)', value: ({ requestedAt }) => time(requestedAt) },
      { title: 'REASON', value: ({ reason, requestReason }) => reason ?? requestReason },
    ]);
  });
}

async function show(context: Context, releaseId: string): Promise<void> {
  const release = await (await (await context.session()).registry()).release(releaseId);
  context.out.result(release, () => releaseText(release));
}

function releaseText(release: ReleaseRecord): string {
  const { approval, steps, verdicts = [] } = release;
  const facts = fields([
    ['release', release.releaseId],
    ['version', `${release.model} version ${release.version}`],
    ['status', release.reason ? `${release.status}: ${release.reason}` : release.status],
    ['requested', `${time(release.requestedAt)} UTC by ${release.requestedBy.id}`],
    ['why', release.requestReason],
    ['manifest', release.manifestDigest],
    ['policies', release.policiesDigest],
    ['decided', approval && `${approval.decision} by ${approval.by.id} at ${time(approval.at)} UTC`],
    ['comment', approval?.comment],
  ]);
  const done = steps.map(({ step, status, startedAt, reason }) => ({ step, status, startedAt, reason }));
  const progress = table(done, [
    { title: 'STEP', value: ({ step }) => step },
    { title: 'STATUS', value: ({ status }) => status },
    { title: 'STARTED (UTC)', value: ({ startedAt }) => time(startedAt) },
    { title: 'REASON', value: ({ reason }) => reason },
  ]);
  return [facts, verdictLines(verdicts).join('\n'), done.length > 0 ? progress : '']
    .filter((part) => part !== '')
    .join('\n\n');
}
