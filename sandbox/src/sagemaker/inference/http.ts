import { Agent, type IncomingMessage, request } from 'node:http';

/** Where a serving process listens: a port of 127.0.0.1, or a socket file when it has no network. */
export type Address = { readonly port: number } | { readonly socketPath: string };

/** What a model answers at once: its body is still to come. */
export interface OpenAnswer {
  readonly status: number;
  readonly headers: Record<string, string | undefined>;
  readonly body: IncomingMessage;
}

export interface ModelAnswer {
  readonly status: number;
  readonly headers: Record<string, string | undefined>;
  readonly body: Buffer;
}

export interface SendOptions {
  readonly headers?: Record<string, string>;
  readonly body?: Buffer;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export class InvocationTimeout extends Error {}

const agent = new Agent({ keepAlive: true, maxSockets: 256, noDelay: true });

/** Sends one request to a serving process and reads its answer whole. */
export async function send(address: Address, method: string, path: string, options: SendOptions): Promise<ModelAnswer> {
  const { status, headers, body } = await open(address, method, path, options);
  return { status, headers, body: await wholeOf(body) };
}

/** Sends one request to a serving process; the time-out ends also an answer that has begun. */
export function open(address: Address, method: string, path: string, options: SendOptions): Promise<OpenAnswer> {
  const target = 'port' in address ? { host: '127.0.0.1', port: address.port } : { socketPath: address.socketPath };
  return new Promise((resolve, reject) => {
    const headers = { ...options.headers, 'content-length': String(options.body?.length ?? 0) };
    const outgoing = request({ ...target, method, path, headers, agent, signal: options.signal }, (incoming) => {
      incoming.once('close', () => clearTimeout(timer));
      const answered = incoming.headers as Record<string, string | undefined>;
      resolve({ status: incoming.statusCode ?? 500, headers: answered, body: incoming });
    });
    const timer = setTimeout(() => {
      outgoing.destroy(new InvocationTimeout(`no answer within ${options.timeoutMs / 1000} s`));
    }, options.timeoutMs);
    outgoing.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    outgoing.end(options.body);
  });
}

function wholeOf(incoming: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('error', reject);
    incoming.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
  });
}
