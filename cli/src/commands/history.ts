import type { Command } from 'commander';
import type { Actor, DeploymentRecord } from '../../../lib/registry/contract';
import type { Context } from '../context';
import { CommandError, notFound, usageError } from '../errors';
import { EXIT } from '../exit-codes';
import { fields, shortDigest, table, time } from '../format';
import { type ServedSpan, servedSpan } from '../history/spans';
import { pointInTime } from '../history/time';
import { name } from '../options';
import type { Action } from '../program';
import type { RegistryClient } from '../registry/client';
import { commitOf } from '../runs/compare';
import { verdictLines } from '../runs/verdicts';

interface HistoryFlags {
  readonly at?: string;
}

/** What another machine's clock may be ahead of this one's. */
const CLOCKS_DIFFER_MS = 60_000;

export function registerHistory(program: Command, action: Action): void {
  program
    .command('history')
    .description('which version served at a time, who approved it, on what evidence, and what it was made of')
    .argument('<model>', 'name of the model', name)
    .option('--at <time>', 'a day, or a time in UTC unless it names an offset (default: every span)', pointInTime)
    .action(action(history));
}

async function history(context: Context, model: string, { at }: HistoryFlags): Promise<void> {
  const registry = await (await context.session()).registry();
  if (at === undefined) {
    const spans = await allSpans(registry, model);
    return context.out.result({ model, spans }, () => spanTable(model, spans));
  }
  if (Date.parse(at) > Date.now() + CLOCKS_DIFFER_MS) {
    throw usageError(
      `${at} has not come yet: what serves then is not known.`,
      `What serves now: mlops history ${model}`,
    );
  }
  const span = await spanAt(registry, model, at);
  context.out.result({ at, ...span }, () => spanText(span));
}

async function allSpans(registry: RegistryClient, model: string): Promise<ServedSpan[]> {
  await registry.model(model);
  const [spans, releases, versions] = await Promise.all([
    registry.deployments(model),
    registry.releases(model),
    registry.modelVersions(model),
  ]);
  return spans.map((span) =>
    servedSpan(
      span,
      releases.find(({ releaseId }) => releaseId === span.releaseId),
      versions.find(({ version }) => version === span.version),
    ),
  );
}

async function spanAt(registry: RegistryClient, model: string, at: string): Promise<ServedSpan> {
  const span = await servingAt(registry, model, at);
  const [release, version] = await Promise.all([
    span.releaseId === undefined ? undefined : registry.release(span.releaseId),
    span.version === undefined ? undefined : registry.modelVersion(model, span.version),
  ]);
  return servedSpan(span, release, version);
}

/** @throws CommandError that says since when versions served, where none did at that time. */
async function servingAt(registry: RegistryClient, model: string, at: string): Promise<DeploymentRecord> {
  try {
    return await registry.servingAt(model, at);
  } catch (error) {
    if (!(error instanceof CommandError) || error.exitCode !== EXIT.notFound) throw error;
    await registry.model(model);
    const first = (await registry.deployments(model)).at(-1);
    const since = first ? `The first one served from ${first.startedAt} on.` : 'None has ever served.';
    throw notFound(`No version of '${model}' served at ${at}. ${since}`, `Every span: mlops history ${model}`);
  }
}

const who = ({ id, onBehalfOf }: Actor): string => (onBehalfOf ? `${id} for ${onBehalfOf}` : id);

function spanTable(model: string, spans: readonly ServedSpan[]): string {
  if (spans.length === 0)
    return `No version of ${model} has served yet. Release one with: mlops release ${model} <version>`;
  return table(spans, [
    { title: 'SERVED', value: ({ version }) => version, align: 'right' },
    { title: 'STATUS', value: ({ status }) => status },
    { title: 'FROM (UTC)', value: ({ from }) => time(from) },
    { title: 'TO (UTC)', value: ({ until }) => (until ? time(until) : 'now') },
    { title: 'RELEASE', value: ({ release }) => release?.releaseId },
    { title: 'DATA', value: ({ made }) => made?.dataset && `${made.dataset.name}@${made.dataset.version}` },
    { title: 'COMMIT', value: ({ made }) => commitOf(made?.source) },
    { title: 'APPROVED BY', value: ({ approval }) => approval && who(approval.by) },
  ]);
}

function spanText(span: ServedSpan): string {
  const { outOfBand, policies, until } = span;
  const served = span.version === undefined ? 'no version that the registry knows' : `version ${span.version}`;
  const head = fields([
    ['model', span.model],
    ['served', outOfBand ? `${served}, OUT OF BAND: no release put it there` : served],
    ['from', `${time(span.from)} UTC`],
    ['until', until ? `${time(until)} UTC` : 'now'],
    ['endpoint', span.endpointName],
    ['config', span.endpointConfigName],
    ...releaseFields(span),
    ...madeFields(span),
  ]);
  return [head, outOfBandText(span), verdictLines(policies).join('\n')].filter((part) => part !== '').join('\n\n');
}

function releaseFields({ release, approval }: ServedSpan): [string, string | undefined][] {
  return [
    ['release', release?.releaseId],
    ['asked by', release && `${who(release.requestedBy)} at ${time(release.requestedAt)} UTC`],
    ['because', release?.requestReason],
    ['approval', approval && `${approval.decision} by ${who(approval.by)} at ${time(approval.at)} UTC`],
    ['comment', approval?.comment],
    ['manifest', release?.manifestDigest],
  ];
}

function madeFields({ made }: ServedSpan): [string, string | undefined][] {
  if (!made) return [];
  const { dataset, source, archive } = made;
  return [
    ['data', dataset && `${dataset.name} version ${dataset.version} (${shortDigest(dataset.contentDigest)})`],
    ['code', source && `${source.sha256}${source.origin === 'stack' ? " (the stack's own)" : ''}`],
    ['commit', commitOf(source)],
    ['run', made.runId],
    ['archive', `${archive.uri} (${shortDigest(archive.sha256)})`],
    ['image', made.image],
    ['made by', `${who(made.createdBy)} at ${time(made.createdAt)} UTC`],
    ...made.evidence.map(({ kind, uri }): [string, string] => [kind, uri]),
  ];
}

function outOfBandText({ outOfBand }: ServedSpan): string {
  if (!outOfBand) return '';
  const { insteadOf, differences, found } = outOfBand;
  return [
    `Released was version ${insteadOf.version} (release ${insteadOf.releaseId}). What was found differs:`,
    ...differences.map((difference) => `  ${difference}`),
    ...found.variants.map(
      ({ name: variant, share, model, archiveUri }) =>
        `  ${variant} took ${Math.round(share * 100)} % of the requests: model ${model ?? 'unknown'}, ` +
        `archive ${archiveUri ?? 'unknown'}`,
    ),
  ].join('\n');
}
