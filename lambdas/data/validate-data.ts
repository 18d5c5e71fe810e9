import type { CsvSource } from '../../core/csv';
import { type DataReport, validateData } from '../../core/data';
import { sha256 } from '../../core/digest';
import { judgePii, PiiCounter, type PiiReport } from '../../core/pii';
import { runEvidenceKey } from '../../lib/artifacts/contract';
import type { PrivacySpec, ValidateDataInput, ValidateDataOutput } from '../../lib/data/contract';
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

/** Without rules, what is found is recorded. */
const RECORD_ONLY: PrivacySpec = { columns: {}, undeclared: 'allow' };

/**
 * Validates the objects of a dataset version as one table, and looks for personal data in the same pass. The reports are a
 * function of the objects, the schema and the privacy rules: doing it again writes the same bytes to the same keys.
 */
export const validateRunData = async (
  input: ValidateDataInput,
  { evidenceBucket, read, putJson }: ValidateDataDependencies,
): Promise<ValidateDataOutput> => {
  const { model, runId, schema, bucket, objects, privacy = RECORD_ONLY } = input;
  const sources = objects.map((object) => sourceOf(bucket, object, read));
  const counter = new PiiCounter(privacy.sample);
  const report = await judge(sources, input, counter);
  // Of what could not be read to its end, nothing is said.
  const pii = report.columns.length > 0 ? judgePii(counter, report.rows, privacy, schema) : undefined;
  const put = async (name: string, value: object) => {
    const key = runEvidenceKey(model, runId, name);
    const { uri, body } = await putJson(evidenceBucket, key, { ...value, model, schema, bucket, objects });
    return { uri, sha256: sha256(body) };
  };
  const written = await put('data-report.json', pii ? withoutValues(report, pii) : report);
  const piiReport = pii && (await put('pii-report.json', pii));
  const reasons = [...(report.reason === undefined ? [] : [report.reason]), ...(pii?.problems ?? [])];
  return {
    passed: report.passed && pii?.passed !== false,
    ...(reasons.length > 0 && { reason: reasons.join(' ') }),
    rows: report.rows,
    columns: report.columns.map(({ name }) => name),
    reportUri: written.uri,
    reportSha256: written.sha256,
    ...(piiReport && { piiReport }),
  };
};

type Judgement = Pick<DataReport, 'passed' | 'reason' | 'rows' | 'columns'> & Partial<Pick<DataReport, 'label'>>;

const judge = async (
  sources: readonly CsvSource[],
  { schema, privacy }: ValidateDataInput,
  observer: PiiCounter,
): Promise<Judgement> => {
  try {
    return await validateData(sources, schema, { observer, ...(privacy ? { privacy: privacy.columns } : {}) });
  } catch (error) {
    if (!(error instanceof UnusableObject)) throw error;
    return { passed: false, reason: error.message, rows: 0, columns: [] };
  }
};

/** The smallest and largest number of a column are values of somebody's: of columns with personal data they are left out. */
const withoutValues = (report: Judgement, pii: PiiReport): Judgement => {
  const personal = new Set(pii.columns.filter(({ findings }) => findings.length > 0).map(({ name }) => name));
  const { columns, label } = report;
  return {
    ...report,
    columns: columns.map((column) =>
      personal.has(column.name) ? { ...column, min: undefined, max: undefined } : column,
    ),
    ...(label && personal.has(label.name)
      ? { label: { kind: 'classes' as const, name: label.name, classes: [] } }
      : {}),
  };
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
