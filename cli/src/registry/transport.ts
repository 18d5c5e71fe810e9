import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface TransportOptions {
  /** Base URL of the API, without a trailing slash. */
  readonly apiUrl: string;
  readonly region: string;
  readonly credentials: () => Promise<Credentials>;
  /** Where the connection goes instead, with the API's name in the Host header: a sandbox's endpoint. */
  readonly endpoint?: string;
  /** Milliseconds until an answer must have come. @default 30 000 */
  readonly timeoutMs?: number;
  /** Milliseconds before the first repetition; doubles. @default 200 */
  readonly backoffMs?: number;
}

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: string;
}

const ATTEMPTS = 4;
const TRANSIENT = new Set([429, 500, 502, 503, 504]);

/**
 * Sends requests signed with Signature Version 4 for `execute-api`. What can be repeated safely (a GET, or a POST with an
 * Idempotency-Key) is repeated after a broken connection or a transient answer.
 */
export class SignedTransport {
  private readonly base: URL;

  constructor(private readonly options: TransportOptions) {
    this.base = new URL(options.apiUrl);
  }

  async send(request: ApiRequest): Promise<ApiAnswer> {
    const repeatable = request.method !== 'POST' || request.headers?.['idempotency-key'] !== undefined;
    for (let attempt = 1; ; attempt++) {
      const last = !repeatable || attempt === ATTEMPTS;
      try {
        const answer = await this.sendOnce(request);
        if (last || !TRANSIENT.has(answer.status)) return answer;
      } catch (error) {
        if (last) throw error;
      }
      await sleep((this.options.backoffMs ?? 200) * 2 ** (attempt - 1));
    }
  }

  private async sendOnce(request: ApiRequest): Promise<ApiAnswer> {
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const path = `${this.base.pathname.replace(/\/$/, '')}${request.path}`;
    const signer = new SignatureV4({
      service: 'execute-api',
      region: this.options.region,
      credentials: await this.options.credentials(),
      sha256: Sha256,
    });
    const signed = await signer.sign({
      method: request.method,
      protocol: this.base.protocol,
      hostname: this.base.hostname,
      path,
      query: { ...request.query },
      headers: {
        ...request.headers,
        host: this.base.host,
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body }),
    });
    const query = new URLSearchParams(request.query).toString().replaceAll('+', '%20');
    return this.exchange(request.method, query ? `${path}?${query}` : path, signed.headers, body);
  }

  /** Not fetch, which does not let a caller set Host. */
  private exchange(
    method: string,
    path: string,
    headers: Record<string, string>,
    body: string | undefined,
  ): Promise<ApiAnswer> {
    const to = this.options.endpoint ? new URL(this.options.endpoint) : this.base;
    const timeoutMs = this.options.timeoutMs ?? 30_000;
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const options: RequestOptions = {
      method,
      path,
      host: to.hostname,
      ...(to.port ? { port: to.port } : {}),
      headers: { ...headers, ...length },
      signal: AbortSignal.timeout(timeoutMs),
    };
    return new Promise((done, fail) => {
      const send = to.protocol === 'https:' ? httpsRequest : httpRequest;
      const outgoing = send(options, (incoming) => readText(incoming).then(done, fail));
      outgoing.on('error', fail);
      outgoing.end(body);
    });
  }
}

async function readText(incoming: IncomingMessage): Promise<ApiAnswer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return { status: incoming.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') };
}
