import { generateKeyPairSync, verify } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  AttestationError,
  type Envelope,
  openEnvelope,
  preAuthEncoding,
  readPublicKey,
  STATEMENT_TYPE,
  sealEnvelope,
  type VerificationKey,
} from '../../../core/attestation';
import { canonicalJson } from '../../../core/digest';
import { flip, localSigner } from './keys';

const value = { _type: 'https://in-toto.io/Statement/v1', name: 'credit', digits: [1, 2, 3] };
let sealed: string;
let key: VerificationKey;
beforeAll(async () => {
  const { pem, signer } = localSigner();
  key = readPublicKey(pem);
  sealed = await sealEnvelope(STATEMENT_TYPE, value, signer);
});

const open = (text: string): unknown => openEnvelope(text, STATEMENT_TYPE, key);
const changed = (change: (envelope: Envelope) => object): string =>
  canonicalJson({ ...JSON.parse(sealed), ...change(JSON.parse(sealed)) });
const withSignature = (change: (sig: Buffer) => Buffer): string =>
  changed(({ signatures: [signature] }) => {
    const sig = change(Buffer.from(signature!.sig, 'base64')).toString('base64');
    return { signatures: [{ ...signature, sig }] };
  });

describe('the pre-authentication encoding', () => {
  it('is that of the DSSE specification', () => {
    const encoded = preAuthEncoding('http://example.com/HelloWorld', Buffer.from('hello world'));
    expect(encoded.toString()).toBe('DSSEv1 29 http://example.com/HelloWorld 11 hello world');
  });

  it('counts bytes, not characters', () => {
    expect(preAuthEncoding('é', Buffer.from('ü')).toString()).toBe('DSSEv1 2 é 2 ü');
  });
});

describe('an envelope', () => {
  it('opens with its key, and any DSSE verifier finds its signature right', () => {
    expect(open(sealed)).toEqual(value);
    const { payload, signatures } = JSON.parse(sealed) as Envelope;
    const bytes = preAuthEncoding(STATEMENT_TYPE, Buffer.from(payload, 'base64'));
    expect(verify('sha256', bytes, key.key, Buffer.from(signatures[0]!.sig, 'base64'))).toBe(true);
  });

  it('never opens with any one byte of it changed', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 255 }), (at, by) => {
        expect(() => open(flip(sealed, at, by))).toThrow(AttestationError);
      }),
      { numRuns: 3000 },
    );
  });

  it('never opens when it is cut off, nor with bytes behind it', () => {
    fc.assert(
      fc.property(fc.nat({ max: sealed.length - 1 }), (length) => {
        expect(() => open(sealed.slice(0, length))).toThrow(AttestationError);
      }),
    );
    expect(() => open(`${sealed} `)).toThrow('not in the form in which it was written');
  });

  it('tells a signature that was cut off from one that does not fit', () => {
    expect(() => open(withSignature((sig) => sig.subarray(0, 40)))).toThrow(/signature is damaged: it has 40 bytes/);
    expect(() => open(withSignature(() => Buffer.alloc(0)))).toThrow(/signature in the signed file is not base64/);
    const other = Buffer.from(canonicalJson({ ...value, name: 'other' })).toString('base64');
    expect(() => open(changed(() => ({ payload: other })))).toThrow('The signature does not fit');
  });

  it('refuses another key, and names both', () => {
    const other = readPublicKey(localSigner().pem);
    expect(() => openEnvelope(sealed, STATEMENT_TYPE, other)).toThrow(
      `${key.keyId}, and the public key given is ${other.keyId}`,
    );
  });

  it('refuses a key that was exchanged along with its name', () => {
    const other = readPublicKey(localSigner().pem);
    const renamed = changed(({ signatures: [signature] }) => ({ signatures: [{ ...signature, keyid: other.keyId }] }));
    expect(() => openEnvelope(renamed, STATEMENT_TYPE, other)).toThrow('The signature does not fit');
  });

  it('refuses another type, no and many signatures', () => {
    expect(() => openEnvelope(sealed, 'text/plain', key)).toThrow("holds 'application/vnd.in-toto+json'");
    expect(() => open(changed(() => ({ signatures: [] })))).toThrow('has 0 signatures');
    expect(() => open(changed(({ signatures: [one] }) => ({ signatures: [one, one] })))).toThrow('has 2 signatures');
    for (const text of ['', 'null', '[]', '{}', '{"payload":1}']) expect(() => open(text)).toThrow(AttestationError);
  });
});

describe('a public key', () => {
  it.each([
    ['text that is none', 'hello', "can't be read"],
    ['a private key', '-----BEGIN PRIVATE KEY-----', 'it is a private key'],
    ['another curve', pemOf('P-384'), 'of the kind ec (secp384r1)'],
  ])('is refused where it is %s', (_, pem, message) => {
    expect(() => readPublicKey(pem)).toThrow(message);
  });
});

function pemOf(namedCurve: string): string {
  return generateKeyPairSync('ec', { namedCurve }).publicKey.export({ type: 'spki', format: 'pem' }).toString();
}
