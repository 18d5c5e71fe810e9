import * as z from 'zod/mini';
import type { ModelCardText } from '../../lib/registry/contract';
import { answerOf, type ResourceAnswer, type ResourceRequest } from '../shared/cloudformation';
import { parse } from '../shared/handler';
import { name } from './http';
import { type PolicyStore, policiesFrom } from './store/policies';

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
  /** JSON: CloudFormation makes text of numbers. */
  policies: z.optional(z.string()),
});

/**
 * Registers a stack's model. A deleted stack leaves the model's record: its history stays readable.
 * @param open opens the registry; a failure of this too is answered.
 * @returns the answer for CloudFormation, also when it failed.
 */
export const registerModel = (
  request: ResourceRequest,
  open: () => Pick<PolicyStore, 'registerModel' | 'setPolicies'>,
): Promise<ResourceAnswer> =>
  answerOf(request, 'A model was not registered', async () => {
    const { policies, ...input } = parse('The registration', properties, request.ResourceProperties);
    const deployed = policies === undefined ? undefined : policiesFrom(policies);
    const [registry, actor] = [open(), { id: request.StackId, kind: 'service' as const }];
    const { model } = await registry.registerModel(input, actor);
    if (deployed) await registry.setPolicies(model, deployed, actor);
    return { PhysicalResourceId: `model/${model}` };
  });
