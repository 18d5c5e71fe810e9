import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** Thrown inside the reader when the compressed stream is damaged; the reader turns it into a problem. */
export class GzipError extends Error {}

/**
 * The bytes as they are, or decompressed.
 * @param gzip true or false; by default the first two bytes (1f 8b, RFC 1952 section 2.3.1) decide.
 */
export async function* decompressed(bytes: AsyncIterable<Uint8Array>, gzip?: boolean): AsyncGenerator<Uint8Array> {
  const iterator = bytes[Symbol.asyncIterator]();
  try {
    const head: Uint8Array[] = [];
    for (let size = 0; size < 2; ) {
      const { done, value } = await iterator.next();
      if (done) break;
      head.push(value);
      size += value.length;
    }
    const first = Buffer.concat(head);
    const rest = prepend(first, iterator);
    yield* (gzip ?? (first[0] === 0x1f && first[1] === 0x8b)) ? gunzipped(rest) : rest;
  } finally {
    await iterator.return?.();
  }
}

async function* prepend(first: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (first.length > 0) yield first;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

async function* gunzipped(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = Readable.from(bytes, { objectMode: false });
  const gunzip = createGunzip();
  source.on('error', (error) => gunzip.destroy(error));
  try {
    yield* source.pipe(gunzip);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (!code?.startsWith('Z_')) throw error;
    throw new GzipError((error as Error).message, { cause: error });
  } finally {
    source.destroy();
    gunzip.destroy();
  }
}
