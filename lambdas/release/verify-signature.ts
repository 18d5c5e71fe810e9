import {
  ATTESTATION,
  AttestationError,
  asVersionStatement,
  differencesFrom,
  openEnvelope,
  STATEMENT_TYPE,
} from '../../core/attestation';
import type { ModelVersionRecord } from '../../lib/registry/contract';
import { collect } from '../shared/bytes';
import { NotFound } from '../shared/errors';
import { parseS3Uri } from '../shared/s3.client';
import type { VerifyTools } from './verify';

/** What is wrong with a version's signature, and where the version differs from what was signed. */
export async function signatureProblems(
  version: ModelVersionRecord,
  { signingKey, evidenceBucket, read }: Pick<VerifyTools, 'signingKey' | 'evidenceBucket' | 'read'>,
): Promise<string[]> {
  if (!signingKey) return [];
  const refs = version.evidence.filter(({ kind }) => kind === ATTESTATION);
  if (refs.length !== 1) {
    return [
      refs.length === 0 ? 'it is not signed, and this platform releases signed versions only' : 'it is signed twice',
    ];
  }
  const { bucket, key } = parseS3Uri(refs[0]!.uri);
  if (bucket !== evidenceBucket) return [`its signature ${refs[0]!.uri} is not in the evidence bucket`];
  try {
    const text = (await collect(await read(bucket, key))).toString('utf8');
    const statement = asVersionStatement(openEnvelope(text, STATEMENT_TYPE, signingKey));
    return differencesFrom(statement, version);
  } catch (error) {
    if (error instanceof AttestationError)
      return [`its signature can't be believed: ${error.message.replace(/\.$/, '')}`];
    // That it is gone is said with the other evidence.
    if (error instanceof NotFound) return [];
    throw error;
  }
}
