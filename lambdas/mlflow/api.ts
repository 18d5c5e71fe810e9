import { shortened } from '../../core/mlflow';
import type { Actor } from '../../lib/registry/contract';
import { Conflict, Forbidden, HandlerError, InvalidInput, messageOf, NotFound } from '../shared/errors';
import { log } from '../shared/log';
import { callerOf, type VerifiedCaller } from './caller';
import { invalid, MlflowError, STATUS } from './errors';
import { type Context, Redirect, type Route } from './http';
import { Input } from './input';
import { MOST_BATCH_CHARACTERS } from './log-batch';
import { artifactRoutes } from './routes/artifacts';
import { experimentRoutes } from './routes/experiments';
import { loggedModelRoutes } from './routes/logged-models';
import { modelVersionRoutes } from './routes/model-versions';
import { registeredModelRoutes } from './routes/registered-models';
import { runInputRoutes } from './routes/run-inputs';
import { runRoutes } from './routes/runs';

/** The parts of an HTTP API's event, payload 2.0, that the API reads. */
export interface ApiEvent {
  readonly rawPath: string;
  readonly rawQueryString?: string;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
  readonly requestContext: {
    readonly http: { readonly method: string };
    readonly requestId?: string;
    readonly stage?: string;
    readonly authorizer?: VerifiedCaller;
  };
}

export interface ApiAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The client that the API was written for; it asks before it sends what older servers don't know. */
const VERSION = '3.17.2';
/** People with a token come by a path of their own: a route has one authorizer. */
const TOKEN_PREFIX = '/token';

export const routes: readonly Route[] = [
  ...experimentRoutes,
  ...runRoutes,
  ...runInputRoutes,
  ...loggedModelRoutes,
  ...registeredModelRoutes,
  ...modelVersionRoutes,
  ...artifactRoutes,
];

interface Compiled {
  readonly route: Route;
  readonly pattern: RegExp;
}

/** Routes without a variable by method and path; the others are tried in turn. */
const fixed = new Map(
  routes.filter(({ path }) => !path.includes('{')).map((one) => [`${one.method} ${one.path}`, one]),
);
const variable: readonly Compiled[] = routes
  .filter(({ path }) => path.includes('{'))
  .map((route) => {
    const pattern = route.path.replace(/\{(\w+)(\+?)\}/g, (_, name, rest) => `(?<${name}>${rest ? '.+' : '[^/]+'})`);
    return { route, pattern: new RegExp(`^${pattern}$`) };
  });

/** Answers one request; errors become `{error_code, message}`. */
export const answer = async (event: ApiEvent, options: Omit<Context, 'actor'>): Promise<ApiAnswer> => {
  try {
    const actor = callerOf(event.requestContext.authorizer);
    const path = pathOf(event);
    const known = serverAnswer(path);
    if (known !== undefined) return known;
    const { chosen, variables } = choose(event.requestContext.http.method, path);
    const input = inputOf(event, chosen);
    const result = await chosen.act(input, { ...options, actor } as Context & { actor: Actor }, variables);
    if (result instanceof Redirect) return { statusCode: 307, headers: { location: result.location }, body: '' };
    return json(200, result);
  } catch (error) {
    return refuse(error, event);
  }
};

function pathOf({ rawPath, requestContext: { stage } }: ApiEvent): string {
  const below =
    stage && stage !== '$default' && rawPath.startsWith(`/${stage}/`) ? rawPath.slice(stage.length + 1) : rawPath;
  return below.startsWith(`${TOKEN_PREFIX}/`) ? below.slice(TOKEN_PREFIX.length) : below;
}

/** What clients ask of a server before all else. */
function serverAnswer(path: string): ApiAnswer | undefined {
  if (path === '/health') return { statusCode: 200, headers: { 'content-type': 'text/plain' }, body: 'OK' };
  if (path === '/version') return { statusCode: 200, headers: { 'content-type': 'text/plain' }, body: VERSION };
  if (path !== '/api/3.0/mlflow/server-info') return undefined;
  return json(200, {
    store_type: null,
    workspaces_enabled: false,
    trace_archival_enabled: false,
    multipart_uploads_enabled: true,
    multipart_downloads_enabled: true,
  });
}

function choose(method: string, path: string): { chosen: Route; variables: Record<string, string> } {
  const below = path.startsWith('/api/2.0/') ? path.slice('/api/2.0'.length) : undefined;
  const chosen = below === undefined ? undefined : fixed.get(`${method} ${below}`);
  if (chosen) return { chosen, variables: {} };
  for (const { route, pattern } of below === undefined ? [] : variable) {
    const match = route.method === method ? pattern.exec(below!) : null;
    if (match) return { chosen: route, variables: decoded(match.groups ?? {}) };
  }
  throw new MlflowError(
    'ENDPOINT_NOT_FOUND',
    `This server has no ${method} ${shortened(path)}. docs/mlflow.md lists what it has.`,
  );
}

function decoded(groups: Readonly<Record<string, string>>): Record<string, string> {
  try {
    return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]));
  } catch {
    throw invalid('The path is no valid percent-encoding.');
  }
}

/** GET sends fields as a query, everything else as JSON. */
function inputOf({ rawQueryString = '', body, isBase64Encoded, requestContext }: ApiEvent, { path }: Route): Input {
  if (requestContext.http.method === 'GET' || !body) return new Input(queryOf(rawQueryString));
  if (path.startsWith('/mlflow-artifacts/artifacts')) return new Input({});
  const text = isBase64Encoded ? Buffer.from(body, 'base64').toString('utf8') : body;
  if (path.endsWith('/log-batch') && text.length > MOST_BATCH_CHARACTERS) {
    throw invalid(
      `Batched logging API requests must be at most ${MOST_BATCH_CHARACTERS} bytes, got a request of size ${text.length}.`,
    );
  }
  let fields: unknown;
  try {
    fields = JSON.parse(text);
  } catch {
    throw new MlflowError('BAD_REQUEST', 'The body of the request is not JSON.');
  }
  if (fields !== null && typeof fields === 'object' && !Array.isArray(fields))
    return new Input(fields as Record<string, unknown>);
  throw new MlflowError('BAD_REQUEST', 'The body of the request is not a JSON object.');
}

function queryOf(query: string): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [name, value] of new URLSearchParams(query)) {
    const before = fields[name];
    fields[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
  }
  return fields;
}

function refuse(error: unknown, { rawPath, requestContext }: ApiEvent): ApiAnswer {
  const known = knownError(error);
  if (known) return json(STATUS[known.code], { error_code: known.code, message: known.message });
  log.error('A request failed', {
    path: shortened(rawPath),
    requestId: requestContext.requestId,
    error: error instanceof Error ? error.name : typeof error,
    reason: messageOf(error),
    stack: error instanceof Error ? error.stack : undefined,
  });
  const message = `The server could not answer; its log has the reason under ${requestContext.requestId}.`;
  return json(500, { error_code: 'INTERNAL_ERROR', message });
}

function knownError(error: unknown): MlflowError | undefined {
  if (error instanceof MlflowError) return error;
  if (!(error instanceof HandlerError)) return undefined;
  if (error instanceof InvalidInput) return invalid(error.message);
  if (error instanceof NotFound) return new MlflowError('RESOURCE_DOES_NOT_EXIST', error.message);
  if (error instanceof Forbidden) return new MlflowError('PERMISSION_DENIED', error.message);
  if (error instanceof Conflict) return new MlflowError('INVALID_STATE', error.message);
  return undefined;
}

const json = (statusCode: number, value: unknown): ApiAnswer => ({
  statusCode,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  body: JSON.stringify(value),
});
