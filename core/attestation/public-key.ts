import { createPublicKey, type KeyObject } from 'node:crypto';
import { sha256 } from '../digest';
import { AttestationError } from './errors';

/** A public key by which signatures are checked. */
export interface VerificationKey {
  /** `sha256:` and the hexadecimal SHA-256 of the key's DER (SubjectPublicKeyInfo). */
  readonly keyId: string;
  readonly key: KeyObject;
}

/**
 * Reads a public key as KMS gives it: PEM, on the curve P-256.
 * @throws AttestationError where it is no such key.
 */
export function readPublicKey(pem: string): VerificationKey {
  let key: KeyObject;
  try {
    // A private key would pass as well: its public half could be had, but nobody should carry it around.
    if (pem.includes('PRIVATE KEY')) throw new Error('it is a private key');
    key = createPublicKey(pem);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new AttestationError(`The public key can't be read (${why}). Give it as PEM: -----BEGIN PUBLIC KEY-----.`);
  }
  const curve = key.asymmetricKeyDetails?.namedCurve;
  if (key.asymmetricKeyType !== 'ec' || curve !== 'prime256v1') {
    throw new AttestationError(
      `The public key is of the kind ${key.asymmetricKeyType}${curve ? ` (${curve})` : ''}; versions are signed on P-256.`,
    );
  }
  return { keyId: keyIdOf(key.export({ type: 'spki', format: 'der' })), key };
}

/** The key as PEM, from its DER as KMS answers it. */
export function toPem(der: Uint8Array): string {
  return createPublicKey({ key: Buffer.from(der), type: 'spki', format: 'der' })
    .export({ type: 'spki', format: 'pem' })
    .toString();
}

const keyIdOf = (der: Uint8Array): string => `sha256:${sha256(der)}`;
