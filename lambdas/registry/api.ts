import * as z from 'zod/mini';
import type { Actor } from '../../lib/registry/contract';
import { Forbidden, HandlerError, InvalidInput, messageOf, NotFound } from '../shared/errors';
import { parse } from '../shared/handler';
import { log } from '../shared/log';
import { type Context, nothing, type Route, route, TooLarge } from './http';
import { auditRoutes } from './routes/audit';
import { datasetRoutes } from './routes/datasets';
import { lineageRoutes } from './routes/lineage';
import { modelRoutes } from './routes/models';
import { noteRoutes } from './routes/notes';
import { releaseRoutes } from './routes/releases';
import { runRoutes } from './routes/runs';
import { waiverRoutes } from './routes/waivers';

/** What the IAM authorizer says of the caller. */
interface Caller {
  readonly userArn?: string | null;
  /** Of callers whose credentials come from a Cognito identity pool: how they signed in there. */
  readonly cognitoIdentity?: { readonly amr?: readonly string[] | null } | null;
}

/** The parts of an HTTP API's event, payload 2.0, that the API reads. */
export interface ApiEvent {
  readonly rawPath: string;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly queryStringParameters?: Readonly<Record<string, string | undefined>>;
  readonly requestContext: {
    readonly http: { readonly method: string };
    readonly requestId?: string;
    readonly authorizer?: { readonly iam?: Caller };
  };
}

export interface ApiAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What one item of the registry can keep. */
const MAX_BODY_BYTES = 350 * 1024;

const STATUS: Readonly<Record<string, number>> = {
  InvalidInput: 400,
  Forbidden: 403,
  NotFound: 404,
  Conflict: 409,
  TooLarge: 413,
};

/** Every route of the API. */
export const routes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/whoami',
    input: z.strictObject({ path: nothing, query: nothing, body: nothing }),
    act: async (_, { actor }) => actor,
  }),
  ...datasetRoutes,
  ...modelRoutes,
  ...runRoutes,
  ...releaseRoutes,
  ...waiverRoutes,
  ...lineageRoutes,
  ...noteRoutes,
  ...auditRoutes,
];

/** Answers one request; errors become `{code, message}`. */
export const answer = async (
  event: ApiEvent,
  options: Omit<Context, 'actor' | 'idempotencyKey'>,
): Promise<ApiAnswer> => {
  try {
    const actor = actorOf(event);
    const { chosen, path } = choose(event);
    const query = event.queryStringParameters ?? {};
    const what = `${chosen.method} ${chosen.path}`;
    const input = parse(what, chosen.input, { path, query, body: bodyOf(event) });
    const key = event.headers?.['idempotency-key'];
    const idempotencyKey = key ? `${actor.id} ${key}` : undefined;
    return json(chosen.status ?? 200, await chosen.act(input, { ...options, actor, idempotencyKey }));
  } catch (error) {
    return refuse(error, event);
  }
};

/**
 * The identity that IAM verified. A role session's ARN is kept whole, since its session may name the person. All users of
 * a Cognito identity pool share one session name: they are told apart by how they signed in.
 */
function actorOf({ requestContext }: ApiEvent): Actor {
  const { userArn, cognitoIdentity } = requestContext.authorizer?.iam ?? {};
  const id = userOfPool(cognitoIdentity?.amr ?? []) ?? userArn;
  if (id) return { id, kind: 'person' };
  throw new Forbidden(
    'The request carries no verified identity. Sign it with your AWS credentials (service execute-api).',
  );
}

/** `cognito:<user pool>:<sub>`, from `cognito-idp.<region>.amazonaws.com/<user pool>:CognitoSignIn:<sub>`. */
function userOfPool(amr: readonly string[]): string | undefined {
  for (const how of amr) {
    const [, pool, sub] = /^cognito-idp\.[^/]+\/([^:]+):CognitoSignIn:(.+)$/.exec(how) ?? [];
    if (pool && sub) return `cognito:${pool}:${sub}`;
  }
  return undefined;
}

function choose({ rawPath, requestContext }: ApiEvent): { chosen: Route; path: Record<string, string> } {
  const { method } = requestContext.http;
  const parts = rawPath.split('/').slice(1).map(decode);
  for (const chosen of routes) {
    const path = chosen.method === method ? match(chosen.path.split('/').slice(1), parts) : undefined;
    if (path) return { chosen, path };
  }
  const known = routes.map((one) => `${one.method} ${one.path}`).join(', ');
  throw new NotFound(`There is no route ${method} ${rawPath}. The routes are: ${known}.`);
}

function match(pattern: readonly string[], parts: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== parts.length) return undefined;
  const path: Record<string, string> = {};
  for (const [i, wanted] of pattern.entries()) {
    if (wanted.startsWith('{')) path[wanted.slice(1, -1)] = parts[i]!;
    else if (wanted !== parts[i]) return undefined;
  }
  return path;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new InvalidInput(`'${part}' in the path is no valid percent-encoding.`);
  }
}

function bodyOf({ body, isBase64Encoded }: ApiEvent): unknown {
  if (!body) return {};
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > MAX_BODY_BYTES) {
    throw new TooLarge(
      `The body has ${Math.ceil(bytes.length / 1024)} KB; the registry takes at most ${MAX_BODY_BYTES / 1024} KB. ` +
        'For an upload of very many files, put them into fewer archives.',
    );
  }
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new InvalidInput('The body is not JSON.');
  }
}

function refuse(error: unknown, { rawPath, requestContext }: ApiEvent): ApiAnswer {
  const status = error instanceof HandlerError ? STATUS[error.name] : undefined;
  if (status !== undefined) {
    const { name: code, message } = error as HandlerError;
    return json(status, { code, message });
  }
  log.error('A request failed', {
    path: rawPath,
    requestId: requestContext.requestId,
    error: error instanceof Error ? error.name : typeof error,
    reason: messageOf(error),
    stack: error instanceof Error ? error.stack : undefined,
  });
  const message = `The registry could not answer. Try again; its log has the reason under ${requestContext.requestId}.`;
  return json(500, { code: 'InternalError', message });
}

const json = (statusCode: number, value: unknown): ApiAnswer => ({
  statusCode,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  body: JSON.stringify(value),
});
