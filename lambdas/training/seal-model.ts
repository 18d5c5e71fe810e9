import { sha256 as digestOf } from '../../core/digest';
import { PickleCollector } from '../../core/pickle';
import { runEvidenceKey, runPrefix, sealedModelKey } from '../../lib/artifacts/contract';
import type { RunContext, SealModelInput } from '../../lib/training/contract';
import type { Registry } from '../registry/store/types';
import { parseS3Uri } from '../shared/s3.client';
import { inspectArchive } from './archive';
import { RunFailed } from './errors';
import { recordedStep } from './recorded-step';

/** S3 as SealModel uses it. */
export interface SealObjects {
  head(bucket: string, key: string): Promise<{ readonly size: number; readonly versionId?: string } | undefined>;
  read(bucket: string, key: string, versionId?: string): Promise<AsyncIterable<Uint8Array>>;
  /** Copies one version to a key that nothing lies at; what lies there stays as it is. */
  copyOnce(from: SealedFrom, bucket: string, key: string): Promise<void>;
}

export interface SealedFrom {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string;
  /** Bytes. */
  readonly size: number;
}

export interface SealModelDependencies {
  readonly registry: Pick<Registry, 'getRun' | 'recordStep'>;
  readonly objects: SealObjects;
  readonly bucket: string;
  readonly putJson: (bucket: string, key: string, value: unknown) => Promise<{ uri: string; body: string }>;
  readonly evidenceBucket: string;
}

type Sealed = NonNullable<RunContext['archive']>;

const NO_MODEL =
  'the training script wrote no model. It must write to the folder that SM_MODEL_DIR names, /opt/ml/model in SageMaker.';

/**
 * Copies the archive that a training left to the key that its SHA-256 names, where nobody can overwrite or delete it: the
 * bytes that are evaluated now are the bytes that serve later. The copy is read back before it is trusted.
 */
export const sealModel = (input: SealModelInput, dependencies: SealModelDependencies): Promise<Sealed> =>
  recordedStep(
    dependencies.registry,
    input,
    'SealModel',
    (archive) => ({ archive }),
    () => seal(input, dependencies),
  );

/**
 * A trainer of the user's own records nothing (an imported model has none); a resumed run must still know that it has trained. Only an archive that
 * is one counts: a run whose trainer left none resumes with its training.
 */
const recordTraining = async (
  { runId, attempt, trained }: SealModelInput,
  registry: SealModelDependencies['registry'],
): Promise<void> => {
  const run = await registry.getRun(runId);
  if (run?.request.archive) return;
  if (run?.steps.some(({ step, status }) => step === 'Train' && status === 'SUCCEEDED')) return;
  await registry.recordStep(runId, { step: 'Train', status: 'SUCCEEDED', attempt, output: { trained } });
};

const seal = async (input: SealModelInput, dependencies: SealModelDependencies): Promise<Sealed> => {
  const { registry, objects, bucket } = dependencies;
  const { runId, trained } = input;
  const uri = trained.archiveUri;
  const from = parseS3Uri(uri);
  const imported = (await registry.getRun(runId))?.request.archive;
  if (from.bucket !== bucket || !(imported ? from.key === imported.key : from.key.startsWith(runPrefix(runId)))) {
    throw new RunFailed(`The trainer must write its archive below s3://${bucket}/${runPrefix(runId)}, not to ${uri}.`);
  }
  const found = await objects.head(from.bucket, from.key);
  if (!found) throw new RunFailed(`There is no archive at ${uri}: ${NO_MODEL}`);
  const pickles = new PickleCollector();
  const archive = await inspectArchive(await objects.read(from.bucket, from.key, found.versionId), pickles);
  if (archive.problem) throw new RunFailed(`The archive ${uri} is no tar.gz: ${archive.problem}. Train again.`);
  if (archive.danger) {
    throw new RunFailed(
      `The archive ${uri} is refused: ${archive.danger}. Write files and folders only, and train again.`,
    );
  }
  if (archive.files === 0) throw new RunFailed(`The archive ${uri} is empty: ${NO_MODEL}`);
  if (imported && imported.sha256 !== archive.sha256) {
    throw new RunFailed(
      `The archive ${uri} has the SHA-256 ${archive.sha256}, not ${imported.sha256} as it was announced. Import it again.`,
    );
  }
  await recordTraining(input, registry);
  const { sha256, size } = archive;
  const key = sealedModelKey(sha256);
  await objects.copyOnce({ ...from, versionId: found.versionId, size }, bucket, key);
  const copy = await inspectArchive(await objects.read(bucket, key));
  if (copy.sha256 !== sha256) {
    throw new RunFailed(`s3://${bucket}/${key} holds other bytes (SHA-256 ${copy.sha256}) than its key says.`);
  }
  const report = await writeReport(input, { sha256, size, files: archive.files, pickles: pickles.found }, dependencies);
  return { uri: `s3://${bucket}/${key}`, sha256, size, report };
};

/** What the archive holds, as evidence by which the gate judges. */
const writeReport = async (
  { runId }: SealModelInput,
  facts: object,
  { registry, putJson, evidenceBucket }: SealModelDependencies,
): Promise<Sealed['report']> => {
  const model = (await registry.getRun(runId))?.model;
  if (!model) throw new RunFailed(`The registry has no run '${runId}'.`);
  const { uri, body } = await putJson(evidenceBucket, runEvidenceKey(model, runId, 'archive-report.json'), facts);
  return { uri, sha256: digestOf(body) };
};
