import { setTimeout } from 'node:timers/promises';
import * as z from 'zod/mini';
import { answerCloudFormation, type ResourceAnswer } from '../shared/cloudformation';
import { messageOf } from '../shared/errors';
import { parse } from '../shared/handler';
import { log } from '../shared/log';
import { text } from '../shared/schemas';
import { endpoints } from './endpoint.client';
import { type GuardRequest, guardEndpoint } from './guard-endpoint';

const properties = z.object({ endpointName: text, deleteEndpoint: z.enum(['true', 'false']), namePrefix: text });
const request = z.object({
  RequestType: z.enum(['Create', 'Update', 'Delete']),
  PhysicalResourceId: z.optional(text),
  ResourceProperties: properties,
  OldResourceProperties: z.optional(z.partial(properties)),
}) satisfies z.ZodMiniType<GuardRequest>;

/** What CloudFormation needs to hear an answer, whatever else is wrong with the request. */
const envelope = z.object({ ResponseURL: text, StackId: text, RequestId: text, LogicalResourceId: text });

/** Answers CloudFormation in every case: without an answer the stack would hang until the service timeout. */
export const handler = async (event: unknown): Promise<void> => {
  const { ResponseURL, ...ids } = envelope.parse(event);
  const reason = await decide(event);
  const parsed = request.safeParse(event);
  const endpointName = parsed.success ? parsed.data.ResourceProperties.endpointName : 'unknown';
  const before = parsed.success ? parsed.data.PhysicalResourceId : undefined;
  // The id stays what it was: another one would make CloudFormation delete the old one.
  const answer: ResourceAnswer = {
    ...ids,
    PhysicalResourceId: before ?? `endpoint-guard-${endpointName}`,
    Status: reason === undefined ? 'SUCCESS' : 'FAILED',
    Reason: reason ?? 'The endpoint does not stand in the way.',
  };
  await answerCloudFormation(ResponseURL, answer);
  log.info('answered CloudFormation', { status: answer.Status, reason: answer.Reason });
};

async function decide(event: unknown): Promise<string | undefined> {
  try {
    const valid = parse('The request', request, event);
    return await guardEndpoint(valid, { endpoints, pause: () => setTimeout(5_000), looks: 150 });
  } catch (error) {
    return `The guard of the endpoint could not look at it: ${messageOf(error)}`;
  }
}
