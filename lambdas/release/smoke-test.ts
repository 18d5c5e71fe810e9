import type { DeployInput } from '../../lib/release/contract';
import type { Registry } from '../registry/store/types';
import { parseS3Uri } from '../shared/s3.client';
import { asStep, noteStep, now, openRelease, ReleaseFailed } from './release';
import { compareAnswers, readSmokeRows } from './smoke-rows';

export interface SmokeTestTools {
  readonly store: Pick<Registry, 'getRelease' | 'recordReleaseStep'>;
  readonly model: string;
  readonly read: (bucket: string, key: string) => Promise<AsyncIterable<Uint8Array>>;
  /** The endpoint's answer as text. Throws what SageMaker throws. */
  readonly invoke: (endpoint: string, body: string, contentType: string) => Promise<string>;
}

export interface SmokeTestOutput {
  readonly rows: number;
  /** Why nothing was sent, where nothing was. */
  readonly skipped?: string;
}

/** The content type in which batch transforms record rows. */
const RECORDED_TYPE = 'text/csv';

/**
 * Sends rows whose predictions are on record, without their label, to the endpoint: the answers must be the recorded ones.
 * A version without recorded rows, as an imported one, can't be tested so; the step says it.
 */
export async function smokeTest(input: DeployInput, tools: SmokeTestTools): Promise<SmokeTestOutput> {
  const { store, model } = tools;
  const { releaseId, manifest } = input;
  await openRelease(store, model, releaseId);
  const predictions = manifest.evidence.find(({ kind }) => kind === 'predictions');
  const skipped = !predictions
    ? 'the version has no recorded predictions'
    : manifest.contentType !== RECORDED_TYPE
      ? `rows are recorded as ${RECORDED_TYPE}, the model takes ${manifest.contentType}`
      : undefined;
  if (!predictions || skipped) {
    const reason = `Nothing was sent: ${skipped}.`;
    await noteStep(store, releaseId, 'SmokeTest', { status: 'SUCCEEDED', startedAt: now(), endedAt: now(), reason });
    return { rows: 0, skipped };
  }
  return asStep(store, releaseId, 'SmokeTest', () => ask(input, predictions, tools));
}

async function ask(
  { manifest, names }: DeployInput,
  predictions: { readonly uri: string; readonly sha256: string },
  { read, invoke }: SmokeTestTools,
): Promise<SmokeTestOutput> {
  const { bucket, key } = parseS3Uri(predictions.uri);
  const { rows, sha256 } = await readSmokeRows(await read(bucket, key));
  if (sha256 !== predictions.sha256) {
    throw new ReleaseFailed(`The recorded predictions ${predictions.uri} have changed since they were verified.`);
  }
  let answer: string;
  try {
    answer = await invoke(names.endpoint, rows.body, manifest.contentType);
  } catch (cause) {
    if (
      !(cause instanceof Error) ||
      !['ModelError', 'ValidationError', 'ModelNotReadyException'].includes(cause.name)
    ) {
      throw cause;
    }
    throw new ReleaseFailed(`The endpoint ${names.endpoint} refuses recorded rows: ${cause.message}`, { cause });
  }
  const problems = compareAnswers(answer, rows.expected);
  if (problems.length === 0) return { rows: rows.expected.length };
  const more = problems.length > 3 ? `, and ${problems.length - 3} more` : '';
  throw new ReleaseFailed(
    `The endpoint ${names.endpoint} does not answer as the evaluated model did: ${problems.slice(0, 3).join('; ')}${more}.`,
  );
}
