import { ATTESTATION, type Signer, STATEMENT_TYPE, sealEnvelope, versionStatement } from '../../core/attestation';
import { sha256 } from '../../core/digest';
import { runEvidenceKey } from '../../lib/artifacts/contract';
import type { EvidenceRef } from '../../lib/registry/contract';
import type { RunContext } from '../../lib/training/contract';
import type { ModelVersionInput, Registry } from '../registry/store/types';
import { NotFound } from '../shared/errors';
import { recordedStep } from './recorded-step';
import { actorOf } from './run-actor';

/** The part of the context that Register reads; by then all of it is there. */
export type RegisterInput = Pick<
  RunContext,
  'runId' | 'attempt' | 'model' | 'data' | 'images' | 'source' | 'servingEnvironment' | 'contentType'
> & {
  readonly validation: NonNullable<RunContext['validation']>;
  readonly archive: NonNullable<RunContext['archive']>;
  readonly evaluation: NonNullable<RunContext['evaluation']>;
};

export interface RegisterDependencies {
  readonly registry: Pick<Registry, 'getRun' | 'recordStep' | 'registerVersion'>;
  readonly putJson: (bucket: string, key: string, value: unknown) => Promise<{ uri: string; body: string }>;
  readonly evidenceBucket: string;
  /** Signs the version, and writes what was signed as it is. @default - it stays unsigned */
  readonly signing?: {
    readonly signer: Signer;
    readonly write: (bucket: string, key: string, text: string) => Promise<{ uri: string }>;
  };
  /** Name of the function. */
  readonly actorId: string;
}

/** Registers the candidate with everything that proves how it came about. The same run gives the same version. */
export const register = (
  input: RegisterInput,
  dependencies: RegisterDependencies,
): Promise<{ readonly version: number }> =>
  recordedStep(
    dependencies.registry,
    input,
    'Register',
    ({ version }) => ({ version }) as object,
    () => registerCandidate(input, dependencies),
  );

const registerCandidate = async (
  input: RegisterInput,
  dependencies: RegisterDependencies,
): Promise<{ readonly version: number }> => {
  const { registry, putJson, evidenceBucket, actorId } = dependencies;
  const { runId, model, data, archive, evaluation, validation, source } = input;
  const run = await registry.getRun(runId);
  if (!run) throw new NotFound(`The registry has no run '${runId}'.`);
  const { plan, steps, request, requestedBy, requestedAt } = run;
  const record = { runId, model, request, requestedBy, requestedAt, plan, steps };
  // Named by its content: a second try, which finds the version registered, must not write over the first one's evidence.
  const name = `run-${sha256(JSON.stringify(record)).slice(0, 16)}.json`;
  const written = await putJson(evidenceBucket, runEvidenceKey(model, runId, name), record);
  const evidence: EvidenceRef[] = [
    { kind: 'evaluation', uri: evaluation.uri, sha256: evaluation.sha256 },
    { kind: 'data-report', uri: validation.reportUri, sha256: validation.reportSha256 },
    ...(archive.report ? [{ kind: 'archive-report' as const, ...archive.report }] : []),
    ...(validation.piiReport ? [{ kind: 'pii-report' as const, ...validation.piiReport }] : []),
    { kind: 'predictions', ...evaluation.predictions },
    { kind: 'run', uri: written.uri, sha256: sha256(written.body) },
  ];
  const version: ModelVersionInput = {
    model,
    runId,
    origin: run.request.archive ? 'imported' : 'trained',
    archive: { uri: archive.uri, sha256: archive.sha256, size: archive.size },
    image: input.images.serving,
    environment: input.servingEnvironment,
    ...(source ? { source } : {}),
    dataset: { name: data.dataset, version: data.version, contentDigest: data.contentDigest },
    testDataDigest: evaluation.testDataDigest,
    metrics: evaluation.metrics,
    evidence,
    contentType: input.contentType,
  };
  const signed = { ...version, evidence: [...evidence, ...(await attest(version, runId, dependencies))] };
  const registered = await registry.registerVersion(signed, actorOf(run, actorId));
  return { version: registered.version };
};

/** Signs everything that the version is made of, and keeps what was signed with the signature as evidence. */
const attest = async (
  version: ModelVersionInput,
  runId: string,
  { signing, evidenceBucket }: RegisterDependencies,
): Promise<EvidenceRef[]> => {
  if (!signing) return [];
  const envelope = await sealEnvelope(STATEMENT_TYPE, versionStatement(version), signing.signer);
  const digest = sha256(envelope);
  const key = runEvidenceKey(version.model, runId, `attestation-${digest.slice(0, 16)}.json`);
  const { uri } = await signing.write(evidenceBucket, key, envelope);
  return [{ kind: ATTESTATION, uri, sha256: digest }];
};
