import { attributionGroups } from '../../core/explain';
import { evaluatePolicies, type GovernanceEvidence, policiesDigestOf } from '../../core/governance';
import { buildModelCard, cardFactsOf } from '../../core/model-card';
import { releaseEvidenceKey } from '../../lib/artifacts/contract';
import type { GovernInput, GovernOutput, PolicyFunctionInput, PolicySpec } from '../../lib/governance/contract';
import { type ModelVersionRecord, OPEN_RELEASE_STATUSES } from '../../lib/registry/contract';
import type { Registry } from '../registry/store/types';
import { Conflict, messageOf, NotFound } from '../shared/errors';
import { type EvidenceTools, gatherEvidence } from './evidence';

export interface GovernTools extends EvidenceTools {
  readonly store: EvidenceTools['store'] &
    Pick<Registry, 'getModel' | 'getRelease' | 'listWaivers' | 'updateRelease' | 'recordReleaseStep'>;
  readonly policies: readonly PolicySpec[];
  readonly evidenceBucket: string;
  readonly write: (bucket: string, key: string, value: unknown) => Promise<{ uri: string }>;
  /** Asks a user's policy function; throws with a reason for people where it gives no answer. */
  readonly ask: (functionArn: string, input: PolicyFunctionInput) => Promise<unknown>;
  readonly now: () => string;
}

/** Judges a version by every policy, and keeps all verdicts in the registry and in the evidence. */
export async function govern(input: GovernInput, tools: GovernTools): Promise<GovernOutput> {
  const { releaseId, model } = input;
  const { store, policies } = tools;
  const startedAt = tools.now();
  const version = await versionOf(input, tools);
  const note = { step: 'Govern', attempt: 1, startedAt };
  await store.recordReleaseStep(releaseId, { ...note, status: 'RUNNING' });
  const [evidence, answers, waivers] = await Promise.all([
    gatherEvidence(version, tools),
    askFunctions(version, tools),
    store.listWaivers(model, version.version),
  ]);
  const wantsCard = policies.some(({ kind }) => kind === 'model-card');
  const card = wantsCard ? await writeCard(input, version, evidence, tools) : undefined;
  const found = { ...evidence, ...(card ? { card } : {}), answers };
  const exceptions = { model, version: version.version, today: startedAt.slice(0, 10), waivers };
  const { passed, verdicts, reason } = evaluatePolicies(policies, found, exceptions);
  const key = releaseEvidenceKey(model, releaseId, 'verdicts.json');
  const policiesDigest = policiesDigestOf(verdicts);
  const judged = { releaseId, model, version: version.version, judgedAt: startedAt, policiesDigest };
  const report = { ...judged, passed, policies, verdicts, waivers };
  const { uri } = await tools.write(tools.evidenceBucket, key, report);
  await store.updateRelease(releaseId, { verdicts: [...verdicts], policiesDigest });
  await store.recordReleaseStep(releaseId, {
    ...note,
    status: passed ? 'SUCCEEDED' : 'REJECTED',
    endedAt: tools.now(),
    output: { reportUri: uri },
    ...(reason ? { reason } : {}),
  });
  return { passed, verdicts, reportUri: uri, ...(reason ? { reason } : {}) };
}

/** The card by which the version is judged, kept with the release's evidence. */
async function writeCard(
  { releaseId, model }: GovernInput,
  version: ModelVersionRecord,
  { evaluation }: GovernanceEvidence,
  tools: GovernTools,
) {
  const record = await tools.store.getModel(model);
  if (!record) return undefined;
  const found = evaluation?.explanations;
  const groups = found && 'kernel_shap' in found ? attributionGroups(found) : [];
  const content = buildModelCard({ ...cardFactsOf(record, version), groups });
  const key = releaseEvidenceKey(model, releaseId, 'model-card.json');
  const { uri } = await tools.write(tools.evidenceBucket, key, content);
  return { content, uri };
}

/** The version as the registry has it, if it is the one that the release is about. */
async function versionOf(
  { releaseId, model, version }: GovernInput,
  { store }: GovernTools,
): Promise<ModelVersionRecord> {
  const release = await store.getRelease(releaseId);
  if (!release) throw new NotFound(`There is no release ${releaseId} in the registry.`);
  if (!OPEN_RELEASE_STATUSES.includes(release.status)) {
    throw new Conflict(`The release ${releaseId} has ended as ${release.status}; ask for a new release.`);
  }
  if (release.model !== model || release.version !== version) {
    throw new Conflict(
      `The release ${releaseId} is about version ${release.version} of ${release.model}, not ${version} of ${model}.`,
    );
  }
  const record = await store.getVersion(model, version);
  if (!record) throw new NotFound(`The registry has no version ${version} of the model ${model}.`);
  return record;
}

type Answers = Record<string, { readonly output: unknown } | { readonly error: string }>;

/** What the user's own functions say. One that fails is a failed verdict, never a failed gate. */
async function askFunctions(version: ModelVersionRecord, { policies, ask }: GovernTools): Promise<Answers> {
  const { model, metrics, evidence } = version;
  const input: PolicyFunctionInput = { model, version: version.version, metrics, evidence };
  const answers: Answers = {};
  await Promise.all(
    policies.map(async (policy) => {
      if (policy.kind !== 'function') return;
      try {
        answers[policy.id] = { output: await ask(policy.functionArn, input) };
      } catch (error) {
        answers[policy.id] = { error: messageOf(error) };
      }
    }),
  );
  return answers;
}
