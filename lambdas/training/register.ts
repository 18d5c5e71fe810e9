import { sha256 } from '../../core/digest';
import { runEvidenceKey } from '../../lib/artifacts/contract';
import type { EvidenceRef } from '../../lib/registry/contract';
import type { RunContext } from '../../lib/training/contract';
import type { Registry } from '../registry/store/types';
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
  { registry, putJson, evidenceBucket, actorId }: RegisterDependencies,
): Promise<{ readonly version: number }> => {
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
    { kind: 'predictions', ...evaluation.predictions },
    { kind: 'run', uri: written.uri, sha256: sha256(written.body) },
  ];
  const { version } = await registry.registerVersion(
    {
      model,
      runId,
      origin: run.request.archive ? 'imported' : 'trained',
      archive,
      image: input.images.serving,
      environment: input.servingEnvironment,
      ...(source ? { source } : {}),
      dataset: { name: data.dataset, version: data.version, contentDigest: data.contentDigest },
      testDataDigest: evaluation.testDataDigest,
      metrics: evaluation.metrics,
      evidence,
      contentType: input.contentType,
    },
    actorOf(run, actorId),
  );
  return { version };
};
