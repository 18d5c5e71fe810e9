import { createSign, generateKeyPairSync } from 'node:crypto';
import { readPublicKey, type Signer } from '../../../core/attestation';

/** A key pair as KMS makes it, and a signer that holds it. */
export function localSigner(): { readonly pem: string; readonly signer: Signer } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const sign = async (message: Uint8Array) => createSign('sha256').update(message).sign(privateKey);
  return { pem, signer: { keyId: readPublicKey(pem).keyId, sign } };
}

/** The text with one byte exchanged for another. */
export function flip(text: string, at: number, by: number): string {
  const bytes = Buffer.from(text);
  const index = at % bytes.length;
  bytes[index] = bytes[index]! ^ by;
  return bytes.toString('latin1');
}
