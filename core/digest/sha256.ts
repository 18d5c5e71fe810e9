import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical';

/** Hexadecimal SHA-256 of bytes, or of text as UTF-8. */
export function sha256(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Hexadecimal SHA-256 of a JSON value's canonical text (RFC 8785): the order of its members does not matter. */
export function digestOf(value: unknown): string {
  return sha256(canonicalJson(value));
}

/** Size in bytes and hexadecimal SHA-256 of a stream, read once and not kept. */
export async function digestStream(bytes: AsyncIterable<Uint8Array>): Promise<{ size: number; sha256: string }> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of bytes) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { size, sha256: hash.digest('hex') };
}

/** One file of a dataset: its path below the dataset's root, its bytes counted, and their hexadecimal SHA-256. */
export interface FileDigest {
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
}

/**
 * The digest of a dataset's content: the same files under the same names give the same digest, in whatever order they
 * are listed.
 * @throws RangeError where two files have one name.
 */
export function contentDigest(files: readonly FileDigest[]): string {
  const byName = new Map(files.map(({ name, size, sha256: digest }) => [name, { name, size, sha256: digest }]));
  if (byName.size !== files.length) throw new RangeError('Two files of the dataset have the same name.');
  return digestOf([...byName.keys()].sort().map((name) => byName.get(name)));
}
