import { createReadStream, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { asVersionStatement, openEnvelope, readPublicKey, STATEMENT_TYPE } from '../../../core/attestation';
import { digestStream } from '../../../core/digest';
import { usageError } from '../errors';
import { type Check, digestCheck } from './check';

/** Files with which a version is checked without AWS. */
export interface OfflineFiles {
  /** PEM. */
  readonly publicKey: string;
  /** The signed statement, as the evidence bucket holds it. */
  readonly statement: string;
  readonly archive: string;
  readonly source?: string;
  /** Evidence by its kind. */
  readonly evidence?: Readonly<Record<string, string>>;
}

/**
 * Checks the signature of a statement and the bytes of the files that it names.
 * @param model of which model the statement must be
 * @throws AttestationError where the signature can't be believed; CommandError where a file can't be read.
 */
export async function verifyFiles(files: OfflineFiles, cwd: string, model?: string): Promise<Check[]> {
  const text = (file: string): string => readable(file, () => readFileSync(resolve(cwd, file), 'utf8'));
  const key = readPublicKey(text(files.publicKey));
  const { predicate } = asVersionStatement(openEnvelope(text(files.statement), STATEMENT_TYPE, key));
  const digest = async (file: string): Promise<string> =>
    readable(file, async () => (await digestStream(createReadStream(resolve(cwd, file)))).sha256);
  const checks: Check[] = [{ part: 'signature', passed: true, found: `by ${key.keyId}` }];
  checks.push({
    part: 'model',
    passed: model === undefined || model === predicate.model,
    found: model === undefined || model === predicate.model ? predicate.model : `${predicate.model}, not ${model}`,
  });
  checks.push(digestCheck('archive', await digest(files.archive), predicate.archive.sha256));
  if (files.source) checks.push(digestCheck('source', await digest(files.source), predicate.inferenceCode?.sha256));
  for (const [kind, file] of Object.entries(files.evidence ?? {})) {
    checks.push(digestCheck(`evidence (${kind})`, await digest(file), predicate.evidence[kind]?.sha256));
  }
  return checks;
}

/** What a file gives; a usage error that names it where it can't be read. */
function readable<T>(file: string, read: () => T): T {
  const fail = (cause: Error): never => {
    throw usageError(`${file} can't be read: ${cause.message}.`);
  };
  try {
    const value = read();
    return value instanceof Promise ? (value.catch(fail) as T) : value;
  } catch (error) {
    return fail(error as Error);
  }
}
