import { ApiError, answer, errorAnswer, validationError } from './api/errors';
import { validateInput } from './api/validate';
import { S3DataError } from './aws/s3';
import type { Context } from './context';
import { authorize, callerScope } from './iam/authorize';
import type { Endpoints } from './inference/endpoints';
import type { Jobs } from './jobs/lifecycle';
import { endpointConfigs } from './operations/endpoint-configs';
import { endpoints } from './operations/endpoints';
import { jobs } from './operations/jobs';
import { models } from './operations/models';
import { packageGroups } from './operations/package-groups';
import { packages } from './operations/packages';
import { search } from './operations/search';
import type { Input, Operations } from './operations/support';
import { tags } from './operations/tags';
import type { HttpAnswer, HttpHeaders } from './options';

/** Every operation of the control plane that the sandbox answers. */
export const OPERATIONS: Operations = {
  ...jobs,
  ...models,
  ...endpointConfigs,
  ...endpoints,
  ...packageGroups,
  ...packages,
  ...search,
  ...tags,
};

const TARGET_PREFIX = 'SageMaker.';

/** Answers one request of the control plane: validate, act, and give what the service model declares. */
export async function controlRequest(
  context: Context,
  parts: { jobs: Jobs; endpoints: Endpoints },
  request: { headers: HttpHeaders; body: Buffer },
): Promise<HttpAnswer> {
  const target = request.headers['x-amz-target'] ?? '';
  const name = target.startsWith(TARGET_PREFIX) ? target.slice(TARGET_PREFIX.length) : target;
  try {
    const operation = Object.hasOwn(OPERATIONS, name) ? OPERATIONS[name] : undefined;
    if (!operation) throw unknownOperation(context, name);
    const input = parseBody(request.body);
    validateInput(context.model, name, input);
    const scope = await callerScope(context.options, request.headers);
    await authorize(context, request.headers, scope, name, input as Input);
    // Members that are null mean the same as absent ones.
    const output = await operation({ input: withoutNulls(input) as Input, scope, context, ...parts });
    return answer(200, context.conformance.output(name, output));
  } catch (error) {
    return refusal(context, name, error instanceof S3DataError ? validationError(error.message) : error);
  }
}

function refusal(context: Context, name: string, error: unknown): HttpAnswer {
  try {
    if (error instanceof ApiError) context.conformance.error(name, error.code);
  } catch (violation) {
    return errorAnswer(violation);
  }
  return errorAnswer(error);
}

function unknownOperation(context: Context, name: string): ApiError {
  const known = context.model.has(name)
    ? `SageMaker has ${name}, the sandbox does not`
    : `'${name}' is no operation of SageMaker`;
  return new ApiError(
    'UnknownOperationException',
    `${known}. Supported here: ${Object.keys(OPERATIONS).sort().join(', ')}.`,
  );
}

function parseBody(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new ApiError('SerializationException', `The request body is not JSON: ${(error as Error).message}`);
  }
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => (inner === null ? [] : [[key, withoutNulls(inner)]])),
  );
}
