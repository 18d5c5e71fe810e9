import { createHash } from 'node:crypto';

/** Bytes that are digested as they pass. Ask for the digest when all have. */
export const digesting = (
  bytes: AsyncIterable<Uint8Array>,
): { readonly bytes: AsyncIterable<Uint8Array>; readonly sha256: () => string } => {
  const hash = createHash('sha256');
  const passing = async function* (): AsyncIterable<Uint8Array> {
    for await (const chunk of bytes) {
      hash.update(chunk);
      yield chunk;
    }
  };
  return { bytes: passing(), sha256: () => hash.digest('hex') };
};

/** All bytes of a stream; for what is known to be small. */
export const collect = async (bytes: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
};
