import { createHash } from 'node:crypto';
import { KMSClient, SignCommand } from '@aws-sdk/client-kms';
import { readPublicKey, type Signer } from '../../core/attestation';
import { SIGNING_ENV } from '../../lib/artifacts/contract';
import { requireEnv } from './environment';

const kms = new KMSClient({});

/** The platform's signing key; undefined where it has none. A handler that signs is granted `kms:Sign`. */
export const signerFromEnvironment = (): Signer | undefined => {
  const KeyId = process.env[SIGNING_ENV.keyArn];
  if (!KeyId) return undefined;
  const { keyId } = readPublicKey(requireEnv(SIGNING_ENV.publicKey));
  return {
    keyId,
    async sign(message) {
      // The digest in place of the message, which may be longer than the 4 KB that KMS takes.
      const Message = createHash('sha256').update(message).digest();
      const { Signature } = await kms.send(
        new SignCommand({ KeyId, Message, MessageType: 'DIGEST', SigningAlgorithm: 'ECDSA_SHA_256' }),
      );
      if (!Signature) throw new Error(`KMS answered no signature for the key ${KeyId}.`);
      return Signature;
    },
  };
};
