import type { S3Client } from '@aws-sdk/client-s3';
import { sha256 as digestOf } from '../../../core/digest';
import type { EvidenceRef, ModelVersionRecord } from '../../../lib/registry/contract';
import { openObject } from '../objects';

/** A piece of evidence as it was read again. */
export interface ReadEvidence {
  readonly kind: EvidenceRef['kind'];
  /** Whether its bytes have the digest that the registry recorded. */
  readonly intact: boolean;
  /** Why it is not, in a sentence. */
  readonly problem?: string;
  /** What it holds, where it is intact. */
  readonly bytes?: Uint8Array;
}

/** Reads all evidence of a version, and holds each piece against its digest. Nothing that differs is used. */
export const readEvidence = (s3: S3Client, { evidence }: ModelVersionRecord): Promise<ReadEvidence[]> =>
  Promise.all(evidence.map((each) => readOne(s3, each)));

async function readOne(s3: S3Client, { kind, uri, sha256 }: EvidenceRef): Promise<ReadEvidence> {
  try {
    const bytes = await (await openObject(s3, uri)).transformToByteArray();
    const actual = digestOf(bytes);
    if (actual !== sha256)
      return { kind, intact: false, problem: `${uri} has the SHA-256 ${actual}, recorded was ${sha256}.` };
    return { kind, intact: true, bytes };
  } catch (error) {
    return { kind, intact: false, problem: `${uri} can't be read: ${(error as Error).message}` };
  }
}

/** The text of a piece of evidence, where it is there and intact. */
export function textOf(evidence: readonly ReadEvidence[], kind: EvidenceRef['kind']): string | undefined {
  const bytes = evidence.find((each) => each.kind === kind)?.bytes;
  return bytes && Buffer.from(bytes).toString('utf8');
}

/** The same as a document, where it is one. */
export function documentOf(evidence: readonly ReadEvidence[], kind: EvidenceRef['kind']) {
  try {
    const value: unknown = JSON.parse(textOf(evidence, kind) ?? '');
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}
