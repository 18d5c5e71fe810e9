import { deflateRawSync, inflateRawSync } from 'node:zlib';

/*
 * Packs arrays of numbers as base64 of deflated byte planes: the first bytes of all numbers, then the second ones, and so
 * on, because bytes of one significance resemble each other.
 */

const packed = (planes: Uint8Array): string => deflateRawSync(planes, { level: 9 }).toString('base64');

/** @throws RangeError where the text holds no such array; of more than 16 MiB, it is refused. */
function unpacked(text: string, expected: number): Uint8Array {
  const bytes = inflateRawSync(Buffer.from(text, 'base64'), { maxOutputLength: 16 * 1024 * 1024 });
  if (bytes.length !== expected) throw new RangeError(`${bytes.length} bytes where ${expected} were expected`);
  return bytes;
}

/** Doubles, exactly: neighbours' upper halves are stored as differences. */
export function packDoubles(values: Float64Array): string {
  const n = values.length;
  const words = new Uint32Array(values.buffer, values.byteOffset, 2 * n);
  const planes = new Uint8Array(8 * n);
  for (let at = 0; at < n; at++) {
    const upper = (words[2 * at + 1]! - (at > 0 ? words[2 * at - 1]! : 0)) >>> 0;
    put(planes, n, at, 0, words[2 * at]!);
    put(planes, n, at, 4, upper);
  }
  return packed(planes);
}

export function unpackDoubles(text: string, n: number): Float64Array {
  const planes = unpacked(text, 8 * n);
  const values = new Float64Array(n);
  const words = new Uint32Array(values.buffer);
  let upper = 0;
  for (let at = 0; at < n; at++) {
    upper = (upper + get(planes, n, at, 4)) >>> 0;
    words[2 * at] = get(planes, n, at, 0);
    words[2 * at + 1] = upper;
  }
  return values;
}

/** Whole numbers from 0 on, below 2^53, as distances from their median. */
export function packCounts(counts: ArrayLike<number>): string {
  const n = counts.length;
  const middle = Float64Array.from(counts).sort()[n >> 1] ?? 0;
  const planes = new Uint8Array(8 * n);
  for (let at = 0; at < n; at++) {
    const distance = counts[at]! - middle;
    const folded = distance < 0 ? -2 * distance - 1 : 2 * distance;
    put(planes, n, at, 0, folded % 2 ** 32);
    put(planes, n, at, 4, Math.floor(folded / 2 ** 32));
  }
  return `${middle}:${packed(planes)}`;
}

export function unpackCounts(text: string, n: number): Float64Array {
  const colon = text.indexOf(':');
  const middle = Number(text.slice(0, colon));
  const planes = unpacked(text.slice(colon + 1), 8 * n);
  return Float64Array.from({ length: n }, (_, at) => {
    const folded = get(planes, n, at, 0) + get(planes, n, at, 4) * 2 ** 32;
    return middle + (folded % 2 === 1 ? -(folded + 1) / 2 : folded / 2);
  });
}

export const packBytes = (bytes: Uint8Array): string => packed(bytes);
export const unpackBytes = (text: string, n: number): Uint8Array => unpacked(text, n);

function put(planes: Uint8Array, n: number, at: number, from: number, word: number): void {
  for (let byte = 0; byte < 4; byte++) planes[(from + byte) * n + at] = (word / 2 ** (8 * byte)) & 255;
}

function get(planes: Uint8Array, n: number, at: number, from: number): number {
  let word = 0;
  for (let byte = 3; byte >= 0; byte--) word = word * 256 + planes[(from + byte) * n + at]!;
  return word;
}
