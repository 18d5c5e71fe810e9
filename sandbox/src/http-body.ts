import type { IncomingMessage } from 'node:http';

/** All bytes of a request or an answer; rejects where it breaks off. */
export function readBody(incoming: IncomingMessage): Promise<Buffer> {
  return new Promise((done, fail) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('error', fail);
    incoming.on('end', () => done(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
  });
}
