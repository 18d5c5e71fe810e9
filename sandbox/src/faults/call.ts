import type { IncomingMessage } from 'node:http';
import { credentialOf } from '../sigv4';

/** What a request asks of AWS, as far as a rule can match it. */
export interface Call {
  readonly service: string;
  readonly action: string;
  /** How its errors are written. */
  readonly protocol: 's3' | 'query' | 'json' | 'rest-json' | 'cbor';
  readonly accessKey?: string;
}

const FORM = 'application/x-www-form-urlencoded';
const LAMBDA_INVOKE = /^\/2015-03-31\/functions\/[^/]+\/invocations\/?$/;
const ENDPOINT_INVOKE = /^\/endpoints\/[^/]+\/invocations\/?$/;
const CBOR = /^\/service\/[^/]+\/operation\/([^/?]+)/;

/** Only the query protocol tells its action in the body. */
export const tellsInBody = ({ headers }: IncomingMessage): boolean =>
  headers['content-type']?.startsWith(FORM) ?? false;

export function readCall(incoming: IncomingMessage, body: string): Call {
  const url = new URL(incoming.url ?? '/', 'http://localhost');
  const credential = credentialOf(incoming.headers) ?? url.searchParams.get('X-Amz-Credential');
  const scope = credential?.split('/') ?? [];
  const service = scope.at(-2) ?? '';
  return { service, accessKey: scope[0], ...actionOf(incoming, url, service, body) };
}

function actionOf(
  incoming: IncomingMessage,
  url: URL,
  service: string,
  body: string,
): Pick<Call, 'action' | 'protocol'> {
  const { method = 'GET', headers } = incoming;
  const target = headers['x-amz-target'];
  if (typeof target === 'string') return { action: target.split('.').at(-1)!, protocol: 'json' };
  if (service === 's3') return { action: s3Action(incoming, url), protocol: 's3' };
  const cbor = CBOR.exec(url.pathname)?.[1];
  if (cbor) return { action: cbor, protocol: 'cbor' };
  const query = url.searchParams.get('Action') ?? new URLSearchParams(body).get('Action');
  if (query) return { action: query, protocol: 'query' };
  if (LAMBDA_INVOKE.test(url.pathname)) return { action: 'Invoke', protocol: 'rest-json' };
  if (ENDPOINT_INVOKE.test(url.pathname)) return { action: 'InvokeEndpoint', protocol: 'rest-json' };
  return { action: `${method} ${url.pathname}`, protocol: 'rest-json' };
}

/** The action of an S3 request, from method, object and query; `PUT ?acl` for those that nobody needs by name. */
function s3Action({ method = 'GET', headers }: IncomingMessage, { pathname, searchParams }: URL): string {
  const named = searchParams.get('x-id');
  if (named) return named;
  const has = (name: string): boolean => searchParams.has(name);
  const copies = headers['x-amz-copy-source'] !== undefined;
  const isObject = pathname.replace(/^\/[^/]+\/?/, '') !== '';
  if (has('uploadId')) {
    const part = copies ? 'UploadPartCopy' : 'UploadPart';
    const actions: Record<string, string> = { PUT: part, POST: 'CompleteMultipartUpload', GET: 'ListParts' };
    return actions[method] ?? 'AbortMultipartUpload';
  }
  if (has('uploads')) return method === 'POST' ? 'CreateMultipartUpload' : 'ListMultipartUploads';
  if (has('delete')) return 'DeleteObjects';
  if (has('versions')) return 'ListObjectVersions';
  const sub = [...searchParams.keys()].find((key) => searchParams.get(key) === '');
  if (sub) return `${method} ?${sub}`;
  if (!isObject)
    return ({ GET: 'ListObjectsV2', HEAD: 'HeadBucket' } as Record<string, string>)[method] ?? `${method} /`;
  return copies ? 'CopyObject' : `${VERBS[method] ?? method}Object`;
}

const VERBS: Readonly<Record<string, string>> = {
  GET: 'Get',
  HEAD: 'Head',
  PUT: 'Put',
  DELETE: 'Delete',
  POST: 'Post',
};
