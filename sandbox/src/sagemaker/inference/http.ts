import { Agent, request } from 'node:http';

/** Where a serving process listens: a port of 127.0.0.1, or a socket file when it has no network. */
export type Address = { readonly port: number } | { readonly socketPath: string };

export interface ModelAnswer {
  readonly status: number;
  readonly headers: Record<string, string | undefined>;
  readonly body: Buffer;
}

export class InvocationTimeout extends Error {}

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** Sends one request to a serving process. */
export function send(
  address: Address,
  method: string,
  path: string,
  options: { headers?: Record<string, string>; body?: Buffer; timeoutMs: number; signal?: AbortSignal },
): Promise<ModelAnswer> {
  const target = 'port' in address ? { host: '127.0.0.1', port: address.port } : { socketPath: address.socketPath };
  return new Promise((resolve, reject) => {
    const headers = { ...options.headers, 'content-length': String(options.body?.length ?? 0) };
    const outgoing = request({ ...target, method, path, headers, agent, signal: options.signal }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', finish);
      incoming.on('end', () => {
        clearTimeout(timer);
        const answered = incoming.headers as Record<string, string | undefined>;
        resolve({ status: incoming.statusCode ?? 500, headers: answered, body: Buffer.concat(chunks) });
      });
    });
    const finish = (error: Error) => {
      clearTimeout(timer);
      reject(error);
    };
    const timer = setTimeout(() => {
      outgoing.destroy(new InvocationTimeout(`no answer within ${options.timeoutMs / 1000} s`));
    }, options.timeoutMs);
    outgoing.on('error', finish);
    outgoing.end(options.body);
  });
}
