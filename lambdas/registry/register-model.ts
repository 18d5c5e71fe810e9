import * as z from 'zod/mini';
import type { ModelCardText } from '../../lib/registry/contract';
import type { ResourceAnswer } from '../shared/cloudformation';
import { messageOf } from '../shared/errors';
import { parse } from '../shared/handler';
import { log } from '../shared/log';
import { name } from './http';
import type { Registry } from './store/types';

/** The parts of CloudFormation's request that are read before anything is known to be well formed. */
export interface ResourceRequest {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  readonly ResponseURL: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties?: unknown;
}

const text = z.string().check(z.maxLength(1000));

const cardText = z.optional(z.string().check(z.maxLength(2048)));
const card = z.strictObject({
  intendedUses: cardText,
  limitations: cardText,
  riskExplanation: cardText,
  ethicalConsiderations: cardText,
  recommendations: cardText,
  businessProblem: cardText,
  stakeholders: cardText,
  lineOfBusiness: cardText,
}) satisfies z.ZodMiniType<ModelCardText>;

/** CloudFormation adds properties of its own, such as ServiceToken: they are left out. */
const properties = z.object({
  model: name,
  owner: text.check(z.minLength(1)),
  purpose: text,
  riskTier: z.enum(['LOW', 'MEDIUM', 'HIGH']),
  dataset: name,
  endpointName: z.optional(text),
  card: z.optional(card),
});

/** CloudFormation takes 4 KB in all. */
const MAX_REASON = 1_000;

/**
 * Registers a stack's model. A deleted stack leaves the model's record: its history stays readable.
 * @param open opens the registry; a failure of this too is answered.
 * @returns the answer for CloudFormation, also when it failed.
 */
export const registerModel = async (
  request: ResourceRequest,
  open: () => Pick<Registry, 'registerModel'>,
): Promise<ResourceAnswer> => {
  const { StackId, RequestId, LogicalResourceId, PhysicalResourceId } = request;
  const known = { StackId, RequestId, LogicalResourceId };
  try {
    if (request.RequestType === 'Delete') {
      return { ...known, Status: 'SUCCESS', PhysicalResourceId: PhysicalResourceId ?? LogicalResourceId };
    }
    const input = parse('The registration', properties, request.ResourceProperties);
    const { model } = await open().registerModel(input, { id: StackId, kind: 'service' });
    return { ...known, Status: 'SUCCESS', PhysicalResourceId: `model/${model}` };
  } catch (error) {
    const Reason = messageOf(error);
    log.error('A model was not registered', { reason: Reason, stackId: StackId });
    return {
      ...known,
      Status: 'FAILED',
      Reason: Reason.slice(0, MAX_REASON),
      PhysicalResourceId: PhysicalResourceId ?? LogicalResourceId,
    };
  }
};
