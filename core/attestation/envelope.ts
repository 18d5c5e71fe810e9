import { verify } from 'node:crypto';
import { canonicalJson } from '../digest';
import { AttestationError } from './errors';
import { preAuthEncoding } from './pae';
import type { VerificationKey } from './public-key';

/** Type of the payload of an in-toto statement. */
export const STATEMENT_TYPE = 'application/vnd.in-toto+json';

/** A payload with its signatures, in the form of DSSE. */
export interface Envelope {
  readonly payloadType: string;
  /** Base64. */
  readonly payload: string;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}

/** Signs bytes: ECDSA on P-256 over their SHA-256, the signature in DER. */
export interface Signer {
  /** Names the key as `readPublicKey` does. */
  readonly keyId: string;
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/** Signs a JSON value; answers the envelope's text, byte for byte what `openEnvelope` takes. */
export async function sealEnvelope(payloadType: string, value: unknown, signer: Signer): Promise<string> {
  const payload = Buffer.from(canonicalJson(value), 'utf8');
  const sig = await signer.sign(preAuthEncoding(payloadType, payload));
  const envelope: Envelope = {
    payloadType,
    payload: payload.toString('base64'),
    signatures: [{ keyid: signer.keyId, sig: Buffer.from(sig).toString('base64') }],
  };
  return canonicalJson(envelope);
}

/**
 * Opens an envelope that `sealEnvelope` made: checks its form, its key and its signature, every byte of it.
 * @returns the signed value
 * @throws AttestationError that says what is wrong.
 */
export function openEnvelope(text: string, payloadType: string, { keyId, key }: VerificationKey): unknown {
  const envelope = readEnvelope(text);
  if (envelope.payloadType !== payloadType) {
    throw new AttestationError(`The signed file holds '${envelope.payloadType}', expected is '${payloadType}'.`);
  }
  const [signature, ...others] = envelope.signatures;
  if (!signature || others.length > 0) {
    throw new AttestationError(`The signed file has ${envelope.signatures.length} signatures, expected is one.`);
  }
  if (signature.keyid !== keyId) {
    throw new AttestationError(`It was signed with the key ${signature.keyid}, and the public key given is ${keyId}.`);
  }
  const sig = bytesOf(signature.sig, 'signature');
  const cut = derProblem(sig);
  if (cut) throw new AttestationError(`The signature is damaged: ${cut}.`);
  const payload = bytesOf(envelope.payload, 'payload');
  if (!verify('sha256', preAuthEncoding(payloadType, payload), key, sig)) {
    throw new AttestationError('The signature does not fit: the statement or the signature was changed after signing.');
  }
  return parse(payload.toString('utf8'), 'The signed statement');
}

function readEnvelope(text: string): Envelope {
  const value = parse(text, 'The signed file') as Partial<Envelope> | null;
  const { payloadType, payload, signatures } = value ?? {};
  const isEnvelope =
    typeof payloadType === 'string' &&
    typeof payload === 'string' &&
    Array.isArray(signatures) &&
    signatures.every((each) => typeof each?.keyid === 'string' && typeof each.sig === 'string');
  if (!isEnvelope)
    throw new AttestationError('The signed file is no DSSE envelope (payloadType, payload, signatures).');
  // One text only stands for it, so that no changed byte passes, also where JSON would not mind.
  if (canonicalJson(value) !== text) {
    throw new AttestationError(
      'The signed file was changed after signing: it is not in the form in which it was written.',
    );
  }
  return { payloadType, payload, signatures };
}

function parse(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AttestationError(`${what} is not JSON: it was changed or cut off.`);
  }
}

function bytesOf(base64: string, what: string): Buffer {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length > 0 && bytes.toString('base64') === base64) return bytes;
  throw new AttestationError(`The ${what} in the signed file is not base64: it was changed or cut off.`);
}

/** Why bytes can't be an ECDSA signature in DER (SEQUENCE of two INTEGERs); a cut-off one is told from a wrong one. */
function derProblem(sig: Buffer): string | undefined {
  if (sig[0] !== 0x30 || sig.length < 8) return `${sig.length} bytes that are no ECDSA signature`;
  const announced = sig[1]! + 2;
  return announced === sig.length ? undefined : `it has ${sig.length} bytes, and announces ${announced}`;
}
