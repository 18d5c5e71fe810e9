import type { Command } from 'commander';
import { formatMetric } from '../../../core/report';
import type {
  AliasRecord,
  DeploymentRecord,
  ModelRecord,
  ModelVersionRecord,
  ReleaseRecord,
} from '../../../lib/registry/contract';
import type { Context } from '../context';
import { fields, shortDigest, table, time } from '../format';
import { type ModelRef, modelRef } from '../options';
import type { Action } from '../program';
import { aliasedVersion } from '../registry/aliases';
import type { RegistryClient } from '../registry/client';
import { commitOf } from '../runs/compare';
import { verdictLines } from '../runs/verdicts';
import { servingWaivers } from '../runs/waived';
import { registerDecisions } from './decisions';
import { registerImport } from './import';
import { modelThing, noteFields, registerNotes } from './notes';
import { registerOversight } from './oversight';
import { registerPolicies } from './policies';
import { registerVerify } from './verify';

export function registerModels(program: Command, action: Action): void {
  const models = program.command('models').description('models and their versions');
  models.command('ls').description('models, with the version that serves').action(action(list));
  models
    .command('show')
    .description("a model's versions and deployments, or one version with its evidence")
    .argument('<model>', 'model, model@version or model@alias', modelRef)
    .action(action(show));
  registerImport(models, action);
  registerDecisions(models, action);
  registerVerify(models, action);
  registerOversight(models, action);
  registerPolicies(models, action);
  registerNotes(models, action, ['<model>', 'model, model@version or model@alias'], modelThing);
}

async function list(context: Context): Promise<void> {
  const registry = await (await context.session()).registry();
  const models = await registry.models();
  const rows = await Promise.all(
    models.map(async (model) => ({ ...model, champion: championOf(await registry.aliases(model.model)) })),
  );
  context.out.result(rows, () => modelTable(rows));
}

const championOf = (aliases: readonly AliasRecord[]): number | undefined =>
  aliases.find(({ alias }) => alias === 'champion')?.version;

function modelTable(rows: readonly (ModelRecord & { readonly champion: number | undefined })[]): string {
  if (rows.length === 0) return 'No model yet. Deploy one with: mlops deploy';
  return table(rows, [
    { title: 'MODEL', value: ({ model }) => model },
    { title: 'SERVES', value: ({ champion }) => champion, align: 'right' },
    { title: 'VERSIONS', value: ({ lastVersion }) => lastVersion, align: 'right' },
    { title: 'RISK', value: ({ riskTier }) => riskTier },
    { title: 'OWNER', value: ({ owner }) => owner },
    { title: 'REVIEW', value: (model) => (model.retired ? 'retired' : reviewOf(model)) },
    { title: 'DATASET', value: ({ dataset }) => dataset },
    { title: 'PURPOSE', value: ({ purpose }) => purpose },
  ]);
}

async function show(context: Context, ref: ModelRef): Promise<void> {
  const registry = await (await context.session()).registry();
  if (ref.version !== undefined || ref.alias !== undefined) return showVersion(context, registry, ref);
  const [model, versions, aliases, deployments, releases, waivers] = await Promise.all([
    registry.model(ref.model),
    registry.modelVersions(ref.model),
    registry.aliases(ref.model),
    registry.deployments(ref.model),
    registry.releases(ref.model),
    registry.waivers(ref.model),
  ]);
  const waiting = releases.filter(({ status }) => status === 'WAITING_FOR_APPROVAL');
  context.out.result({ model, versions, aliases, deployments, releases, waivers }, () =>
    [
      modelFields(model),
      noteFields(model),
      versionTable(versions, aliases),
      deploymentTable(deployments),
      servingWaivers(deployments, releases, waivers).join('\n'),
      ...waiting.map(waitingLine),
    ]
      .filter((part) => part !== '')
      .join('\n\n'),
  );
}

const waitingLine = ({ model, version }: ReleaseRecord): string =>
  `Version ${version} waits for approval: mlops models approve ${model} ${version}, or: mlops models reject ${model} ${version}`;

function modelFields(model: ModelRecord): string {
  return fields([
    ['model', model.model],
    ['owner', model.owner],
    ['purpose', model.purpose],
    ['risk', model.riskTier],
    ['dataset', model.dataset],
    ['endpoint', model.endpointName],
    ['validator', model.validator?.text],
    ['next review', reviewOf(model)],
    ['retired', model.retired && `${model.retired.text} (${model.retired.by.id}, ${time(model.retired.at)})`],
  ]);
}

/** The day of the next review, and whether it has passed. */
const reviewOf = ({ nextReview }: ModelRecord, today = new Date().toISOString().slice(0, 10)): string | undefined =>
  nextReview && `${nextReview.text}${nextReview.text < today ? ' (overdue)' : ''}`;

function versionTable(versions: readonly ModelVersionRecord[], aliases: readonly AliasRecord[]): string {
  if (versions.length === 0) return 'No version yet.';
  const names = (version: number) => aliases.filter((each) => each.version === version).map(({ alias }) => alias);
  const metrics = [...new Set(versions.flatMap((version) => Object.keys(version.metrics)))].slice(0, 4);
  return table(versions, [
    { title: 'VERSION', value: ({ version }) => version, align: 'right' },
    { title: 'STATUS', value: ({ status }) => status },
    { title: 'ALIASES', value: ({ version }) => names(version).join(' ') },
    { title: 'DATA', value: ({ dataset }) => dataset?.version, align: 'right' },
    ...metrics.map((metric) => ({
      title: metric,
      value: (version: ModelVersionRecord) => formatMetric(version.metrics[metric]),
      align: 'right' as const,
    })),
    { title: 'CREATED (UTC)', value: ({ createdAt }) => time(createdAt) },
    { title: 'RUN', value: ({ runId }) => runId },
  ]);
}

function deploymentTable(deployments: readonly DeploymentRecord[]): string {
  if (deployments.length === 0) return '';
  return table(deployments, [
    { title: 'SERVED', value: ({ version, outOfBand }) => (outOfBand ? 'OUT OF BAND' : version), align: 'right' },
    { title: 'FROM (UTC)', value: ({ startedAt }) => time(startedAt) },
    { title: 'TO (UTC)', value: ({ endedAt }) => (endedAt ? time(endedAt) : 'now') },
    { title: 'ENDPOINT', value: ({ endpointName }) => endpointName },
    { title: 'RELEASE', value: ({ releaseId }) => releaseId },
  ]);
}

async function showVersion(context: Context, registry: RegistryClient, ref: ModelRef): Promise<void> {
  const version = ref.version ?? (await aliasedVersion(registry, ref.model, ref.alias!));
  const [record, aliases, releases] = await Promise.all([
    registry.modelVersion(ref.model, version),
    registry.aliases(ref.model),
    registry.releases(ref.model),
  ]);
  const own = releases.filter((release) => release.version === version);
  const names = aliases.filter((each) => each.version === version).map(({ alias }) => alias);
  context.out.result({ ...record, aliases: names, releases: own }, () => versionText(record, names, own));
}

function versionText(
  record: ModelVersionRecord,
  aliases: readonly string[],
  releases: readonly ReleaseRecord[],
): string {
  const { dataset, source } = record;
  const metrics = Object.entries(record.metrics).map(([metric, value]) => `${metric} ${formatMetric(value)}`);
  const facts = fields([
    ['model', `${record.model} version ${record.version}`],
    ['status', record.status],
    ['origin', record.origin],
    ['aliases', aliases.join(' ')],
    ['reason', record.reason],
    ['metrics', metrics.join(', ')],
    ['run', record.runId],
    [
      'data',
      dataset ? `${dataset.name} version ${dataset.version} (${shortDigest(dataset.contentDigest)})` : undefined,
    ],
    ['source', source ? `${shortDigest(source.sha256)} (${source.origin})` : undefined],
    ['commit', commitOf(source)],
    ['archive', `${record.archive.uri} (${shortDigest(record.archive.sha256)})`],
    ['image', record.image],
    ['created', `${time(record.createdAt)} UTC by ${record.createdBy.id}`],
    ...record.evidence.map(({ kind, uri }) => [kind, uri] as const),
  ]);
  return [facts, noteFields(record), ...releases.map(releaseText)].filter((part) => part !== '').join('\n\n');
}

function releaseText(release: ReleaseRecord): string {
  const { approval } = release;
  return [
    `release ${release.releaseId} ${release.status}${release.reason ? `: ${release.reason}` : ''}`,
    ...verdictLines(release.verdicts ?? []),
    ...(approval
      ? [
          `  ${approval.decision} by ${approval.by.id} at ${time(approval.at)} UTC${approval.comment ? `: ${approval.comment}` : ''}`,
        ]
      : []),
  ].join('\n');
}
