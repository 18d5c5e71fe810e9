import { randomUUID } from 'node:crypto';
import { ApiError, runtimeValidationError } from '../api/errors';
import type { RuntimeOperation } from '../api/runtime-request';
import type { Scope } from '../api/scope';
import type { Context } from '../context';
import type { HttpAnswer, HttpHeaders } from '../options';
import type { Resource } from '../state/store';
import { ask, askForStream, type ModelRequest, modelError } from './ask';
import type { Deployment } from './deployment';
import type { Endpoints } from './endpoints';
import { eventStream } from './event-stream';
import type { ModelAnswer } from './http';
import type { Target } from './model-server';
import type { Variant } from './variant';

const DEFAULT_TIMEOUT_SECONDS = 60;
const STREAM_TIMEOUT_SECONDS = 480;
/** Requests and answers of serverless endpoints. */
const SERVERLESS_BYTES = 4 * 2 ** 20;

export interface InvokeRequest {
  readonly endpointName: string;
  readonly headers: HttpHeaders;
  readonly body: Buffer;
}

type Members = Record<string, string | undefined>;

/** One invocation under way. */
interface Invocation {
  readonly context: Context;
  readonly endpoint: Resource;
  readonly deployment: Deployment;
  readonly variant: Variant;
  readonly members: Members;
  readonly body: Buffer;
  readonly arrived: number;
}

/** The endpoint that a request names and what serves it now; throws a ValidationError where nothing does. */
export async function serviceable(
  context: Context,
  endpoints: Endpoints,
  scope: Scope,
  name: string,
): Promise<{ endpoint: Resource; deployment: Deployment }> {
  const endpoint = context.store.get('endpoint', scope, name);
  if (!endpoint) throw runtimeValidationError(`Endpoint ${name} of account ${scope.accountId} not found.`);
  const status = endpoint.describe.EndpointStatus as string;
  if (!['InService', 'Updating', 'SystemUpdating', 'RollingBack'].includes(status)) {
    throw runtimeValidationError(
      `Endpoint ${name} of account ${scope.accountId} is not in service: its status is ${status}.`,
    );
  }
  // After a restart it comes back first.
  if (!endpoints.deploymentOf(endpoint)) await endpoints.settled(endpoint);
  const deployment = endpoints.deploymentOf(endpoint);
  if (!deployment) {
    throw runtimeValidationError(`Endpoint ${name} of account ${scope.accountId} has no variant in service.`);
  }
  return { endpoint, deployment };
}

async function begin(
  context: Context,
  endpoints: Endpoints,
  scope: Scope,
  operation: RuntimeOperation,
  { endpointName, headers, body }: InvokeRequest,
): Promise<Invocation> {
  const arrived = performance.now();
  const members = context.runtimeRequests.read(operation, headers);
  context.runtimeRequests.refuseLargeBody(operation, body);
  const { endpoint, deployment } = await serviceable(context, endpoints, scope, endpointName);
  if (deployment.asyncConfig) {
    throw runtimeValidationError(`Endpoint ${endpointName} is asynchronous: call it by InvokeEndpointAsync.`);
  }
  for (const member of ['InferenceComponentName', 'EnableExplanations']) {
    if (members[member]) throw runtimeValidationError(`${member} is not supported by the sandbox.`);
  }
  const variant = deployment.choose(members.TargetVariant);
  if (!variant) throw runtimeValidationError(`Variant ${members.TargetVariant} not found for Request.`);
  if (variant.serverless) {
    context.runtimeRequests.refuseLargeBody(operation, body, SERVERLESS_BYTES);
    if (variant.underWay >= variant.serverless.MaxConcurrency) {
      throw new ApiError('ThrottlingException', `Rate exceeded: MaxConcurrency of ${endpointName} is reached.`, 429);
    }
  }
  return { context, endpoint, deployment, variant, members, body, arrived };
}

/** InvokeEndpoint. */
export async function invokeEndpoint(
  context: Context,
  endpoints: Endpoints,
  scope: Scope,
  request: InvokeRequest,
): Promise<HttpAnswer> {
  const invocation = await begin(context, endpoints, scope, 'InvokeEndpoint', request);
  const { variant, deployment, members, body } = invocation;
  const sent = modelRequest(context, members, body, DEFAULT_TIMEOUT_SECONDS);
  const answer = await measured(invocation, () => ask(variant, targetOf(members), sent));
  const limit = variant.serverless ? SERVERLESS_BYTES : context.runtimeRequests.bodyLimit('InvokeEndpoint');
  if (answer.body.length > limit) {
    const text = `The answer has ${answer.body.length} bytes; at most ${limit} are given.`;
    throw modelError(variant, 'primary', answer.status, text);
  }
  capture(variant, members, body, answer);
  mirror(deployment, invocation, sent);
  return { status: 200, headers: answerHeaders(variant, answer.headers, 'content-type'), body: answer.body };
}

/** InvokeEndpointWithResponseStream. */
export async function invokeWithResponseStream(
  context: Context,
  endpoints: Endpoints,
  scope: Scope,
  request: InvokeRequest,
): Promise<HttpAnswer> {
  const invocation = await begin(context, endpoints, scope, 'InvokeEndpointWithResponseStream', request);
  const { variant, members, body } = invocation;
  const sent = modelRequest(context, members, body, STREAM_TIMEOUT_SECONDS);
  const answer = await measured(invocation, () => askForStream(variant, targetOf(members), sent));
  variant.underWay += 1;
  answer.body.once('close', () => {
    variant.underWay -= 1;
  });
  return {
    status: 200,
    headers: {
      ...answerHeaders(variant, answer.headers, 'x-amzn-sagemaker-content-type'),
      'content-type': 'application/vnd.amazon.eventstream',
    },
    body: Buffer.alloc(0),
    stream: eventStream(answer.body),
  };
}

const targetOf = ({ TargetModel, TargetContainerHostname }: Members): Target => ({
  model: TargetModel,
  container: TargetContainerHostname,
});

/** What a container is told: SageMaker passes these headers on and no others. */
function modelRequest(context: Context, members: Members, body: Buffer, seconds: number): ModelRequest {
  const headers: Record<string, string> = {
    'content-type': members.ContentType ?? 'application/octet-stream',
    accept: members.Accept ?? '*/*',
  };
  const pass = (header: string, value: string | undefined) => {
    if (value !== undefined) headers[header] = value;
  };
  pass('x-amzn-sagemaker-custom-attributes', members.CustomAttributes);
  pass('x-amzn-sagemaker-inference-id', members.InferenceId);
  pass('x-amzn-sagemaker-session-id', members.SessionId);
  pass('x-amzn-sagemaker-target-model', members.TargetModel);
  return { headers, body, timeoutMs: (context.options.invokeTimeoutSeconds ?? seconds) * 1000 };
}

/** Runs the model, and counts how long it took and how it ended. */
async function measured<T>({ context, endpoint, variant, arrived }: Invocation, run: () => Promise<T>): Promise<T> {
  const called = performance.now();
  let status = 500;
  variant.underWay += 1;
  try {
    const answer = await run();
    status = 200;
    return answer;
  } catch (error) {
    if (error instanceof ApiError) status = Number(error.fields.OriginalStatusCode ?? error.status);
    throw error;
  } finally {
    variant.underWay -= 1;
    const now = performance.now();
    context.metrics.count(endpoint.name, variant, { model: now - called, total: now - arrived, status });
  }
}

function answerHeaders(variant: Variant, answered: Members, contentType: string): Record<string, string> {
  const headers: Record<string, string> = {
    [contentType]: answered['content-type'] ?? 'application/octet-stream',
    'x-amzn-invoked-production-variant': variant.name,
    'x-amzn-requestid': randomUUID(),
  };
  for (const name of ['custom-attributes', 'new-session-id', 'closed-session-id']) {
    const value = answered[`x-amzn-sagemaker-${name}`];
    if (value) headers[`x-amzn-sagemaker-${name}`] = value;
  }
  return headers;
}

function capture(variant: Variant, members: Members, body: Buffer, answer: ModelAnswer): void {
  variant.capture?.add({
    eventId: randomUUID(),
    inferenceId: members.InferenceId,
    customAttributes: members.CustomAttributes,
    time: new Date(),
    input: { body, contentType: members.ContentType ?? 'application/octet-stream' },
    output: { body: answer.body, contentType: answer.headers['content-type'] ?? 'application/octet-stream' },
  });
}

/** Shadow variants get their share of the requests; what they answer is captured and counted, and given to nobody. */
function mirror({ shadows }: Deployment, invocation: Invocation, sent: ModelRequest): void {
  for (const shadow of shadows) {
    if (Math.random() * invocation.variant.weight >= shadow.weight) continue;
    void measured({ ...invocation, variant: shadow }, () => ask(shadow, targetOf(invocation.members), sent))
      .then((answer) => capture(shadow, invocation.members, invocation.body, answer))
      .catch(() => undefined);
  }
}
