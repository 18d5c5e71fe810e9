import * as z from 'zod/mini';
import { toPem } from '../../core/attestation';
import { answerOf, type ResourceAnswer, type ResourceRequest } from '../shared/cloudformation';
import { parse } from '../shared/handler';
import { text } from '../shared/schemas';

const properties = z.object({ keyArn: text });

/**
 * Answers a signing key's public half as PEM, for the stack's parameters and outputs.
 * @param publicKey reads it, in DER
 */
export const publishPublicKey = (
  request: ResourceRequest,
  publicKey: (keyArn: string) => Promise<Uint8Array>,
): Promise<ResourceAnswer> =>
  answerOf(request, 'A public key could not be published', async () => {
    const { keyArn } = parse('The signing key', properties, request.ResourceProperties);
    return { Data: { PublicKey: toPem(await publicKey(keyArn)) } };
  });
