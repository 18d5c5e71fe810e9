import type { S3Client } from '@aws-sdk/client-s3';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import {
  ATTESTATION,
  asVersionStatement,
  differencesFrom,
  openEnvelope,
  readPublicKey,
  STATEMENT_TYPE,
} from '../../../core/attestation';
import { digestStream } from '../../../core/digest';
import type { ModelVersionRecord } from '../../../lib/registry/contract';
import { CommandError, notFound } from '../errors';
import { EXIT } from '../exit-codes';
import { openObject } from '../objects';
import type { Session } from '../session';
import { type Check, digestCheck } from './check';

/** What a version's signature says: whose key made it, and where the record differs from what was signed. */
export interface SignatureFinding {
  readonly keyId: string;
  readonly differences: readonly string[];
}

/**
 * Holds a version's record against its signed statement.
 * @param text the envelope, as it lies in the evidence
 * @throws AttestationError where the signature can't be believed; CommandError where the platform has no key
 */
export async function checkSignature(
  session: Session,
  version: ModelVersionRecord,
  text: string,
): Promise<SignatureFinding> {
  const key = readPublicKey(await publicKeyOf(session));
  const statement = asVersionStatement(openEnvelope(text, STATEMENT_TYPE, key));
  return { keyId: key.keyId, differences: differencesFrom(statement, version) };
}

/**
 * Checks a version as the registry has it: its signature by the platform's key, the record against what was signed, and
 * every object's bytes against the record.
 * @throws AttestationError where the signature can't be believed; CommandError where the version was never signed.
 */
export async function verifyVersion(session: Session, version: ModelVersionRecord): Promise<Check[]> {
  const { archive, source, evidence } = version;
  const attestation = evidence.find(({ kind }) => kind === ATTESTATION);
  if (!attestation) {
    throw new CommandError(`Version ${version.version} of ${version.model} is not signed.`, {
      exitCode: EXIT.rejected,
      hint: 'A platform signs the versions of its models from the deployment with `signing: true` on.',
    });
  }
  const s3 = await session.s3();
  const text = await (await openObject(s3, attestation.uri)).transformToString();
  const { keyId, differences } = await checkSignature(session, version, text);
  const objects = [
    { part: 'archive', ...archive },
    ...(source ? [{ part: 'source', ...source }] : []),
    ...evidence.map(({ kind, uri, sha256 }) => ({ part: `evidence (${kind})`, uri, sha256 })),
  ];
  return [
    { part: 'signature', passed: true, found: `by ${keyId}` },
    { part: 'record', passed: differences.length === 0, found: differences.join('; ') || 'as it was signed' },
    ...(await Promise.all(
      objects.map(async ({ part, uri, sha256 }) => digestCheck(part, await digestAt(s3, uri), sha256)),
    )),
  ];
}

/** The platform's public key, PEM. @throws CommandError where it has none */
export async function publicKeyOf(session: Session): Promise<string> {
  const { platform, signingKeyParameter } = await session.platform();
  if (!signingKeyParameter) {
    throw notFound(`The platform '${platform}' has no signing key.`, 'Deploy it with `signing: true`.');
  }
  const { Parameter } = await (await session.ssm()).send(new GetParameterCommand({ Name: signingKeyParameter }));
  return Parameter?.Value ?? '';
}

async function digestAt(s3: S3Client, uri: string): Promise<string> {
  try {
    const body = (await openObject(s3, uri)) as unknown as AsyncIterable<Uint8Array>;
    return (await digestStream(body)).sha256;
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchKey') return `none (${uri} is gone)`;
    throw error;
  }
}
