import { randomUUID } from 'node:crypto';
import { ApiError, messageOf, runtimeValidationError } from '../api/errors';
import type { Scope } from '../api/scope';
import type { Context } from '../context';
import type { HttpAnswer, HttpHeaders } from '../options';
import type { Resource } from '../state/store';
import type { Endpoints } from './endpoints';
import { InvocationTimeout, type ModelAnswer } from './http';
import type { Variant } from './variant';

/** The runtime takes bodies up to 25 MB; the published model's 6 MB limit is older. */
const MAX_BODY_BYTES = 25 * 2 ** 20;
const DEFAULT_TIMEOUT_SECONDS = 60;
const MAX_ORIGINAL_MESSAGE = 1024;

export interface InvokeRequest {
  readonly endpointName: string;
  readonly headers: HttpHeaders;
  readonly body: Buffer;
}

/** InvokeEndpoint. */
export async function invokeEndpoint(
  context: Context,
  endpoints: Endpoints,
  scope: Scope,
  request: InvokeRequest,
): Promise<HttpAnswer> {
  const arrived = performance.now();
  const endpoint = serviceable(context, scope, request);
  if (endpoint.describe.EndpointStatus === 'InService') await endpoints.settled(endpoint);
  const target = request.headers['x-amzn-sagemaker-target-variant'];
  const variant = endpoints.choose(endpoint, target);
  if (!variant) {
    throw runtimeValidationError(
      target === undefined
        ? `Endpoint ${request.endpointName} of account ${scope.accountId} has no variant in service.`
        : `Variant ${target} not found for Request.`,
    );
  }
  const called = performance.now();
  try {
    const answer = await askModel(context, variant, request);
    const answered = performance.now();
    if (answer.status >= 400) throw modelError(variant, answer.status, answer.body.toString('utf8'));
    capture(variant, request, answer);
    count(context, endpoint, variant, { model: answered - called, total: performance.now() - arrived });
    return respond(variant, answer);
  } catch (error) {
    const status = Number((error as ApiError).fields?.OriginalStatusCode ?? 500);
    count(context, endpoint, variant, {
      model: performance.now() - called,
      total: performance.now() - arrived,
      status,
    });
    throw error;
  }
}

function serviceable(context: Context, scope: Scope, { endpointName, body }: InvokeRequest): Resource {
  const endpoint = context.store.get('endpoint', scope, endpointName);
  if (!endpoint) throw runtimeValidationError(`Endpoint ${endpointName} of account ${scope.accountId} not found.`);
  if (body.length > MAX_BODY_BYTES) {
    throw runtimeValidationError(
      `1 validation error detected: Value at 'body' failed to satisfy constraint: Member must have length less than or equal to ${MAX_BODY_BYTES} (received ${body.length})`,
    );
  }
  const status = endpoint.describe.EndpointStatus as string;
  if (!['InService', 'Updating', 'SystemUpdating'].includes(status)) {
    throw runtimeValidationError(
      `Endpoint ${endpointName} of account ${scope.accountId} is not in service: its status is ${status}.`,
    );
  }
  return endpoint;
}

async function askModel(context: Context, variant: Variant, { headers, body }: InvokeRequest): Promise<ModelAnswer> {
  const serving = await variant.ready();
  if (!serving) throw new ApiError('ServiceUnavailable', `The variant ${variant.name} is being restarted.`, 503);
  const passed: Record<string, string> = {
    'content-type': headers['content-type'] ?? 'application/octet-stream',
    accept: headers.accept ?? '*/*',
  };
  for (const name of ['x-amzn-sagemaker-custom-attributes', 'x-amzn-sagemaker-inference-id']) {
    const value = headers[name];
    if (value !== undefined) passed[name] = value;
  }
  const seconds = context.options.invokeTimeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS;
  try {
    return await serving.invoke(passed, body, seconds * 1000);
  } catch (error) {
    const text =
      error instanceof InvocationTimeout
        ? `Your invocation timed out while waiting for a response from container primary: ${messageOf(error)}`
        : `The connection to container primary broke: ${messageOf(error)}`;
    throw modelError(variant, 0, text);
  }
}

function modelError(variant: Variant, status: number, text: string): ApiError {
  const kind = status >= 400 && status < 500 ? 'client' : 'server';
  const original = text.slice(0, MAX_ORIGINAL_MESSAGE);
  return new ApiError(
    'ModelError',
    `Received ${kind} error (${status}) from primary with message "${original}". See the log group ${variant.logArn.split(':log-group:')[1]} for more information.`,
    424,
    // Zero stands for no answer at all, which is the server's failure.
    { OriginalStatusCode: status || 500, OriginalMessage: original, LogStreamArn: variant.logArn },
  );
}

function respond(variant: Variant, answer: ModelAnswer): HttpAnswer {
  const custom = answer.headers['x-amzn-sagemaker-custom-attributes'];
  return {
    status: 200,
    headers: {
      'content-type': answer.headers['content-type'] ?? 'application/octet-stream',
      'x-amzn-invoked-production-variant': variant.name,
      'x-amzn-requestid': randomUUID(),
      ...(custom ? { 'x-amzn-sagemaker-custom-attributes': custom } : {}),
    },
    body: answer.body,
  };
}

function capture(variant: Variant, { headers, body }: InvokeRequest, answer: ModelAnswer): void {
  variant.capture?.add({
    eventId: randomUUID(),
    inferenceId: headers['x-amzn-sagemaker-inference-id'],
    customAttributes: headers['x-amzn-sagemaker-custom-attributes'],
    time: new Date(),
    input: { body, contentType: headers['content-type'] ?? 'application/octet-stream' },
    output: { body: answer.body, contentType: answer.headers['content-type'] ?? 'application/octet-stream' },
  });
}

/** AWS/SageMaker's metrics of an invocation; latencies are microseconds. */
function count(
  context: Context,
  endpoint: Resource,
  variant: Variant,
  { model, total, status = 200 }: { model: number; total: number; status?: number },
): void {
  const dimensions = { EndpointName: endpoint.name, VariantName: variant.name };
  const datum = (name: string, value: number, unit: string) => ({ name, dimensions, value, unit });
  const data = [
    datum('Invocations', 1, 'None'),
    datum('Invocation4XXErrors', status >= 400 && status < 500 ? 1 : 0, 'None'),
    datum('Invocation5XXErrors', status >= 500 ? 1 : 0, 'None'),
    datum('ModelLatency', Math.round(model * 1000), 'Microseconds'),
    datum('OverheadLatency', Math.round((total - model) * 1000), 'Microseconds'),
  ];
  void context.options
    .putMetrics?.('AWS/SageMaker', data)
    .catch((error) => context.log(`Metrics of ${endpoint.name} were lost: ${messageOf(error)}`));
}
