import { createHash, type Hash } from 'node:crypto';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { BLOCK, sizeOf } from './tar-scan';

/** The SHA-256 of each entry of a tar.gz by its name: what two archives hold, whatever times and owners they carry. */
export async function filesOf(bytes: AsyncIterable<Uint8Array>): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  let header = Buffer.alloc(0);
  let entry: { readonly name: string; readonly hash: Hash; left: number; padding: number } | undefined;
  const take = (chunk: Buffer): number => {
    if (!entry) return begin(chunk);
    const content = chunk.subarray(0, entry.left);
    entry.hash.update(content);
    entry.left -= content.length;
    const padding = Math.min(entry.padding, chunk.length - content.length);
    entry.padding -= padding;
    if (entry.left + entry.padding === 0) {
      files[entry.name] = entry.hash.digest('hex');
      entry = undefined;
    }
    return content.length + padding;
  };
  const begin = (chunk: Buffer): number => {
    const part = chunk.subarray(0, BLOCK - header.length);
    header = Buffer.concat([header, part]);
    if (header.length < BLOCK) return part.length;
    const [whole, size] = [header, sizeOf(header)];
    header = Buffer.alloc(0);
    const name = nameOf(whole);
    if (name === '') return part.length;
    if (size === 0) files[name] ??= createHash('sha256').digest('hex');
    else entry = { name, hash: createHash('sha256'), left: size, padding: (BLOCK - (size % BLOCK)) % BLOCK };
    return part.length;
  };
  // An error of either stream ends the reading of the last one with it.
  for await (const chunk of pipeline(Readable.from(bytes), createGunzip(), () => {})) {
    for (let rest = chunk as Buffer; rest.length > 0; ) rest = rest.subarray(take(rest));
  }
  return files;
}

/** Name and prefix of a ustar header; empty in the blocks of zeros at the end. */
function nameOf(header: Buffer): string {
  const text = (at: number, length: number): string => header.toString('utf8', at, at + length).replace(/\0.*$/s, '');
  const prefix = header.toString('ascii', 257, 262) === 'ustar' ? text(345, 155) : '';
  const name = [prefix, text(0, 100)].filter((part) => part !== '').join('/');
  return name.replace(/^\.\//, '').replace(/\/$/, '');
}
