import { ApiError, messageOf } from '../api/errors';
import { InvocationTimeout, type ModelAnswer, type OpenAnswer } from './http';
import type { Target } from './model-server';
import type { ServedContainer } from './served-container';
import type { Variant } from './variant';

const MAX_ORIGINAL_MESSAGE = 1024;

/** A request as a container is given it. */
export interface ModelRequest {
  readonly headers: Record<string, string>;
  readonly body: Buffer;
  readonly timeoutMs: number;
}

/** What the variant's containers answer; each but the first is given what the one before answered. */
export async function ask(variant: Variant, target: Target, request: ModelRequest): Promise<ModelAnswer> {
  const containers = await variant.server.route(target);
  const last = containers.at(-1)!;
  const before = await through(variant, containers.slice(0, -1), request);
  return succeeded(
    variant,
    last,
    await reached(variant, last, (serving) => serving.invoke(before.headers, before.body, request.timeoutMs)),
  );
}

/** As {@link ask}, but the last container's answer is given as it comes. */
export async function askForStream(variant: Variant, target: Target, request: ModelRequest): Promise<OpenAnswer> {
  const containers = await variant.server.route(target);
  const last = containers.at(-1)!;
  const before = await through(variant, containers.slice(0, -1), request);
  const answer = await reached(variant, last, (serving) =>
    serving.stream(before.headers, before.body, request.timeoutMs),
  );
  if (answer.status < 400) return answer;
  const body = Buffer.concat(await answer.body.toArray());
  throw modelError(variant, last.name, answer.status, body.toString('utf8'));
}

async function through(
  variant: Variant,
  containers: readonly ServedContainer[],
  { headers, body, timeoutMs }: ModelRequest,
): Promise<{ headers: Record<string, string>; body: Buffer }> {
  let passed = { headers, body };
  for (const container of containers) {
    const answer = await reached(variant, container, (serving) =>
      serving.invoke(passed.headers, passed.body, timeoutMs),
    );
    succeeded(variant, container, answer);
    const contentType = answer.headers['content-type'] ?? 'application/octet-stream';
    passed = { headers: { ...headers, 'content-type': contentType }, body: answer.body };
  }
  return passed;
}

function succeeded(variant: Variant, container: ServedContainer, answer: ModelAnswer): ModelAnswer {
  if (answer.status < 400) return answer;
  throw modelError(variant, container.name, answer.status, answer.body.toString('utf8'));
}

type Ready = NonNullable<ServedContainer['serving']>;

async function reached<T>(
  variant: Variant,
  container: ServedContainer,
  call: (serving: Ready) => Promise<T>,
): Promise<T> {
  const serving = container.serving ?? (await container.ready());
  if (!serving) throw new ApiError('ServiceUnavailable', `The variant ${variant.name} is being restarted.`, 503);
  try {
    return await call(serving);
  } catch (error) {
    throw modelError(variant, container.name, 0, broken(container, error));
  }
}

function broken({ name }: ServedContainer, error: unknown): string {
  if (!(error instanceof InvocationTimeout)) return `The connection to container ${name} broke: ${messageOf(error)}`;
  return (
    `Your invocation timed out while waiting for a response from container ${name}. Review the ` +
    'latency metrics for each container in Amazon CloudWatch, resolve the issue, and try again.'
  );
}

/** Status 0 stands for no answer at all, which is the server's failure. */
export function modelError(variant: Variant, container: string, status: number, text: string): ApiError {
  const kind = status >= 400 && status < 500 ? 'client' : 'server';
  const original = text.slice(0, MAX_ORIGINAL_MESSAGE);
  return new ApiError(
    'ModelError',
    `Received ${kind} error (${status}) from ${container} with message "${original}". See ${variant.logUrl} for more ` +
      'information.',
    424,
    { OriginalStatusCode: status || 500, OriginalMessage: original, LogStreamArn: variant.logArn },
  );
}
