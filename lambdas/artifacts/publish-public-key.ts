import * as z from 'zod/mini';
import { toPem } from '../../core/attestation';
import type { ResourceAnswer } from '../shared/cloudformation';
import { messageOf } from '../shared/errors';
import { parse } from '../shared/handler';
import { log } from '../shared/log';
import { text } from '../shared/schemas';

/** The parts of CloudFormation's request that are read. */
export interface KeyRequest {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  readonly ResponseURL: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties?: unknown;
}

const properties = z.object({ keyArn: text });

/**
 * Answers a signing key's public half as PEM, for the stack's parameters and outputs.
 * @param publicKey reads it, in DER
 */
export const publishPublicKey = async (
  request: KeyRequest,
  publicKey: (keyArn: string) => Promise<Uint8Array>,
): Promise<ResourceAnswer> => {
  const { StackId, RequestId, LogicalResourceId } = request;
  const PhysicalResourceId = request.PhysicalResourceId ?? LogicalResourceId;
  const known = { StackId, RequestId, LogicalResourceId, PhysicalResourceId };
  try {
    if (request.RequestType === 'Delete') return { ...known, Status: 'SUCCESS' };
    const { keyArn } = parse('The signing key', properties, request.ResourceProperties);
    return { ...known, Status: 'SUCCESS', Data: { PublicKey: toPem(await publicKey(keyArn)) } };
  } catch (error) {
    const Reason = messageOf(error);
    log.error('A public key could not be published', { reason: Reason, stackId: StackId });
    return { ...known, Status: 'FAILED', Reason: Reason.slice(0, 1_000) };
  }
};
