import { openEnvelope, type Signer, sealEnvelope, type VerificationKey } from '../attestation';
import { AttestationError } from '../attestation/errors';
import { canonicalJson } from '../digest';
import type { Head } from './entry';
import { headLine, type KeptHead } from './export';

/** Type of the payload of a signed head. */
const HEAD_TYPE = 'application/vnd.cdk-mlops.audit-head+json';

/** Folder of a chain's heads in the evidence bucket. */
export const headFolder = (chain: string): string => `audit/${chain.replace(':', '/')}/`;

/** Key of a head in the evidence bucket; keys of a chain sort as its entries do. */
export const headKey = ({ chain, sequence }: Head): string =>
  `${headFolder(chain)}${String(sequence).padStart(10, '0')}.json`;

/** A head as it is kept: signed where there is a key that signs. */
export async function keptHead(head: Head, signer?: Signer): Promise<string> {
  if (!signer) return headLine({ head });
  return headLine({ head, signature: JSON.parse(await sealEnvelope(HEAD_TYPE, { ...head }, signer)) });
}

/**
 * The head, where the key has signed exactly it.
 * @throws AttestationError that says what is wrong.
 */
export function believedHead({ head, signature }: KeptHead, key: VerificationKey): Head {
  const what = `The head of entry ${head.sequence}`;
  if (signature === undefined) throw new AttestationError(`${what} is not signed.`);
  const signed = openEnvelope(canonicalJson(signature), HEAD_TYPE, key);
  if (canonicalJson(signed) === canonicalJson({ ...head })) return head;
  throw new AttestationError(`${what} is not the one that was signed.`);
}
