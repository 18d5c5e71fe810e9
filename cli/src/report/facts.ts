import { ATTESTATION, AttestationError, readPublicKey } from '../../../core/attestation';
import type { RunFacts, VersionFacts } from '../../../core/compliance';
import { attributionGroups, sharesOf } from '../../../core/explain';
import { buildModelCard, type CardFacts, cardFactsOf } from '../../../core/model-card';
import type { PiiReport } from '../../../core/pii';
import type {
  DatasetVersionRecord,
  ModelRecord,
  ModelVersionRecord,
  ReleaseRecord,
  RunRecord,
} from '../../../lib/registry/contract';
import type { RunPlan } from '../../../lib/training/contract';
import { readChain } from '../audit/read';
import { verifyAudit } from '../audit/verify';
import { CommandError } from '../errors';
import { EXIT } from '../exit-codes';
import type { RegistryClient } from '../registry/client';
import type { Session } from '../session';
import { checkSignature, publicKeyOf } from '../verify/online';
import { documentOf, type ReadEvidence, readEvidence, textOf } from './evidence';
import { explanationIn } from './explanation';

export interface GatheredFacts {
  readonly facts: VersionFacts;
  /** Evidence that is missing or is not what was recorded, a sentence each. */
  readonly problems: readonly string[];
}

/** All that the registry and the evidence store hold of a version. */
export async function gatherFacts(session: Session, model: string, version: number): Promise<GatheredFacts> {
  const registry = await session.registry();
  const [record, of, releases, deployments, waivers, s3] = await Promise.all([
    registry.model(model),
    registry.modelVersion(model, version),
    releasesOf(registry, model, version),
    registry.deployments(model),
    registry.waivers(model),
    session.s3(),
  ]);
  const [run, dataset, evidence] = await Promise.all([
    of.runId ? registry.run(of.runId) : undefined,
    of.dataset ? registry.datasetVersion(of.dataset.name, of.dataset.version) : undefined,
    readEvidence(s3, of),
  ]);
  const own = deployments.filter((each) => each.version === version && !each.outOfBand);
  const first = own.at(-1)?.startedAt ?? '9';
  const evaluation = documentOf(evidence, 'evaluation');
  const signature = await signatureOf(session, of, evidence);
  const audit = await auditOf(session, model);
  const explanation = explanationFacts(of, evaluation);
  const facts: VersionFacts = {
    model: record,
    version: of,
    card: buildModelCard(cardFacts(record, of, run, evaluation)),
    ...(run ? { run: runFacts(run) } : {}),
    releases: releases.map((release) => ({ ...release, verdicts: release.verdicts ?? [] })),
    deployments: own,
    waivers: {
      records: waivers.filter((each) => each.version === version),
      today: new Date().toISOString().slice(0, 10),
    },
    predecessor: deployments.find((each) => each.releaseId && each.version !== version && each.startedAt < first)
      ?.version,
    dataReport: documentOf(evidence, 'data-report'),
    piiReport: piiFacts(of, documentOf(evidence, 'pii-report')),
    ...(dataset ? { dataset: datasetFacts(dataset) } : {}),
    ...(signature ? { signature } : {}),
    ...(audit ? { audit } : {}),
    ...(explanation ? { explanation } : {}),
    checkedEvidence: evidence.filter(({ intact }) => intact).map(({ kind }) => kind),
  };
  return { facts, problems: evidence.flatMap(({ problem }) => problem ?? []) };
}

/** The scan for personal data, where its report is there and intact. */
function piiFacts({ evidence }: ModelVersionRecord, report: VersionFacts['dataReport']): VersionFacts['piiReport'] {
  const found = evidence.find(({ kind }) => kind === 'pii-report');
  if (!found || !report) return undefined;
  const columns = (Array.isArray(report.columns) ? report.columns : []) as PiiReport['columns'];
  const personal = columns.filter(({ findings }) => findings.length > 0);
  const treated = personal.map(
    ({ name, rule, reaches }) => `'${name}' (${rule ?? 'no rule'}; reaches training: ${reaches})`,
  );
  const sentence =
    `${report.scanned} of ${report.rows} rows were scanned for personal data` +
    (treated.length > 0 ? `; it was found in ${treated.join(', ')}.` : '; none was found.');
  return { what: 'report on personal data', where: found.uri, sha256: found.sha256, sentence };
}

/** With their steps, which a list leaves out; newest first. */
async function releasesOf(registry: RegistryClient, model: string, version: number): Promise<ReleaseRecord[]> {
  const listed = (await registry.releases(model)).filter((release) => release.version === version);
  return Promise.all(listed.map(({ releaseId }) => registry.release(releaseId)));
}

/** What the signature of a version says; undefined for one that was never signed. */
async function signatureOf(
  session: Session,
  version: ModelVersionRecord,
  evidence: readonly ReadEvidence[],
): Promise<VersionFacts['signature']> {
  const text = textOf(evidence, ATTESTATION);
  if (text === undefined) return undefined;
  try {
    const { keyId, differences } = await checkSignature(session, version, text);
    if (differences.length > 0) return { valid: false, sentence: `Not what was signed: ${differences.join('; ')}.` };
    return { valid: true, sentence: `Signed by the platform's key ${keyId}, and as it was signed.` };
  } catch (error) {
    if (!(error instanceof AttestationError || error instanceof CommandError)) throw error;
    return { valid: false, sentence: error.message };
  }
}

function explanationFacts(
  { evidence }: ModelVersionRecord,
  evaluation: Readonly<Record<string, unknown>> | undefined,
): VersionFacts['explanation'] {
  const found = explanationIn(evaluation);
  const ref = evidence.find(({ kind }) => kind === 'evaluation');
  if (!found || !ref) return undefined;
  return { what: 'explanations of the evaluation', where: ref.uri, sha256: ref.sha256, shares: sharesOf(found) };
}

/** What verifying the model's audit says; undefined where none is kept. */
async function auditOf(session: Session, model: string): Promise<VersionFacts['audit']> {
  try {
    const { chain, links, heads } = await readChain(session, 'model', model);
    if (links.length === 0 && heads.length === 0) return undefined;
    const { signingKeyParameter } = await session.platform();
    const key = signingKeyParameter ? readPublicKey(await publicKeyOf(session)) : undefined;
    const { ok, entries, sentence } = verifyAudit(chain, { links, heads }, key);
    return { valid: ok, entries, sentence };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return error.exitCode === EXIT.notFound ? undefined : { valid: false, entries: 0, sentence: error.message };
  }
}

const planOf = (run: RunRecord | undefined): RunPlan | undefined => run?.plan as RunPlan | undefined;

const runFacts = (run: RunRecord): RunFacts => ({ runId: run.runId, seed: planOf(run)?.split.seed });

const datasetFacts = ({ message, createdBy }: DatasetVersionRecord): VersionFacts['dataset'] => ({
  origin: message ?? '',
  createdBy: createdBy.onBehalfOf ?? createdBy.id,
});

function cardFacts(
  model: ModelRecord,
  version: ModelVersionRecord,
  run: RunRecord | undefined,
  evaluation: Readonly<Record<string, unknown>> | undefined,
): CardFacts {
  const plan = planOf(run);
  const explanation = explanationIn(evaluation);
  const train = run?.steps.find(({ step }) => step === 'Train');
  return {
    ...cardFactsOf(model, version),
    problem: text(evaluation?.problem),
    trainingImage: plan?.context.images.training,
    trainingJobArn: train?.jobArn,
    hyperparameters: plan?.context.hyperparameters,
    groups: explanation ? attributionGroups(explanation) : [],
    rows: { test: typeof evaluation?.rows === 'number' ? evaluation.rows : undefined },
  };
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
