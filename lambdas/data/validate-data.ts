import type { CsvSource } from '../../core/csv';
import { type DataReport, validateData } from '../../core/data';
import { sha256 } from '../../core/digest';
import { runEvidenceKey } from '../../lib/artifacts/contract';
import type { ValidateDataInput, ValidateDataOutput } from '../../lib/data/contract';
import { digesting } from '../shared/bytes';
import { HandlerError, NotFound } from '../shared/errors';
import type { ObjectReader } from './stored-object';

export interface ValidateDataDependencies {
  readonly evidenceBucket: string;
  readonly read: ObjectReader['read'];
  putJson(bucket: string, key: string, value: unknown): Promise<{ readonly uri: string; readonly body: string }>;
}

type StoredObject = ValidateDataInput['objects'][number];

/** What can't be judged by its content: an object that is gone, or is not the one that was recorded. */
class UnusableObject extends HandlerError {
  constructor(message: string, options?: ErrorOptions) {
    super('UnusableObject', message, options);
  }
}

/**
 * Validates the objects of a dataset version as one table. The report is a function of the objects and the schema: doing
 * it again writes the same bytes to the same key.
 */
export const validateRunData = async (
  input: ValidateDataInput,
  { evidenceBucket, read, putJson }: ValidateDataDependencies,
): Promise<ValidateDataOutput> => {
  const sources = input.objects.map((object) => sourceOf(input.bucket, object, read));
  const report = await judge(sources, input);
  const { model, schema, bucket, objects } = input;
  const key = runEvidenceKey(model, input.runId, 'data-report.json');
  const { uri, body } = await putJson(evidenceBucket, key, { ...report, model, schema, bucket, objects });
  return {
    passed: report.passed,
    ...(report.reason !== undefined && { reason: report.reason }),
    rows: report.rows,
    columns: report.columns.map(({ name }) => name),
    reportUri: uri,
    reportSha256: sha256(body),
  };
};

type Judgement = Pick<DataReport, 'passed' | 'reason' | 'rows' | 'columns'>;

const judge = async (sources: readonly CsvSource[], input: ValidateDataInput): Promise<Judgement> => {
  try {
    return await validateData(sources, input.schema);
  } catch (error) {
    if (!(error instanceof UnusableObject)) throw error;
    return { passed: false, reason: error.message, rows: 0, columns: [] };
  }
};

const sourceOf = (bucket: string, object: StoredObject, read: ObjectReader['read']): CsvSource => ({
  file: object.name,
  bytes: verified(bucket, object, read),
});

/** The object's bytes, opened when they are wanted; whoever reads them to the end knows that they are those recorded. */
async function* verified(bucket: string, object: StoredObject, read: ObjectReader['read']): AsyncGenerator<Uint8Array> {
  const { key, versionId, name } = object;
  const stored = digesting(await open(bucket, object, read));
  yield* stored.bytes;
  const found = stored.sha256();
  if (found === object.sha256) return;
  throw new UnusableObject(
    `${name}: s3://${bucket}/${key} (version ${versionId}) has the SHA-256 ${found}, recorded was ${object.sha256}. ` +
      'Push the data again as a new version.',
  );
}

const open = async (
  bucket: string,
  { key, versionId, name }: StoredObject,
  read: ObjectReader['read'],
): Promise<AsyncIterable<Uint8Array>> => {
  try {
    return await read(bucket, key, versionId);
  } catch (cause) {
    if (!(cause instanceof NotFound)) throw cause;
    throw new UnusableObject(
      `${name}: s3://${bucket}/${key} (version ${versionId}) is gone. Push the data again as a new version.`,
      { cause },
    );
  }
};
