import { inflateRawSync, unzipSync } from 'node:zlib';
import { isAllowed } from './allowed';
import { type PickleImport, readPickle } from './machine';

/** A pickle that a file is or holds. */
export interface FoundPickle {
  /** Path in the archive; of what lies in a file of the archive behind a `!`. */
  readonly file: string;
  /** What it imports, as `module.name`, sorted. */
  readonly imports: readonly string[];
  /** Those that are not on the list of what models need. */
  readonly unknown: readonly string[];
  /** Why it could not be looked through. */
  readonly problem?: string;
}

/** Larger files are not looked into; nor is what unpacks to more. */
export const LOOKED_INTO = 200 * 1024 ** 2;
/** Files in files that are looked into. */
const DEPTH = 3;
const CLOSED: readonly (readonly [name: string, magic: Buffer])[] = [
  ['bzip2', Buffer.from('BZh')],
  ['xz', Buffer.from('fd377a585a00', 'hex')],
  ['lzma', Buffer.from('5d00008000', 'hex')],
  ['lz4', Buffer.from('04224d18', 'hex')],
];

/** Whether a file that begins so may hold pickles, whatever it is called. */
const isPickle = (bytes: Buffer): boolean => bytes[0] === 0x80 && bytes[1]! >= 1 && bytes[1]! <= 5;
const isZip = (bytes: Buffer): boolean => bytes.toString('latin1', 0, 4) === 'PK\x03\x04';
const isPacked = (bytes: Buffer): boolean =>
  bytes.readUInt16BE(0) === 0x1f8b || (bytes[0] === 0x78 && bytes.readUInt16BE(0) % 31 === 0);

/** What is said of a file too large to be looked into. */
export function inspectHead(file: string, head: Buffer): FoundPickle[] {
  const suspect = head.length > 4 && (isPickle(head) || isZip(head) || isPacked(head));
  return suspect ? [unseen(file, `it is larger than ${LOOKED_INTO / 1024 ** 2} MB`)] : [];
}

/** The pickles that a file is, or holds in a zip (npz, pt), a numpy array of objects, or compressed (joblib). */
export function inspectFile(file: string, bytes: Buffer, depth = 0): FoundPickle[] {
  if (bytes.length < 3) return [];
  if (isZip(bytes)) return deeper(file, depth, () => inspectZip(file, bytes, depth));
  if (bytes.toString('latin1', 0, 6) === '\x93NUMPY') return inspectArray(file, bytes);
  if (isPacked(bytes)) {
    const open = unpacked(() => unzipSync(bytes, { maxOutputLength: LOOKED_INTO }));
    if (Buffer.isBuffer(open)) return deeper(file, depth, () => inspectFile(file, open, depth + 1));
    if (open === 'too large') return [unseen(file, `it unpacks to more than ${LOOKED_INTO / 1024 ** 2} MB`)];
  }
  const closed = CLOSED.find(([, magic]) => bytes.subarray(0, magic.length).equals(magic));
  if (closed) return [unseen(file, `it is compressed by ${closed[0]}, which is not opened`)];
  return pickleIn(file, bytes, 0);
}

const unseen = (file: string, problem: string): FoundPickle => ({ file, imports: [], unknown: [], problem });

const deeper = (file: string, depth: number, look: () => FoundPickle[]): FoundPickle[] =>
  depth >= DEPTH ? [unseen(file, 'it holds files in files in files')] : look();

function unpacked(open: () => Buffer): Buffer | 'too large' | undefined {
  try {
    return open();
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? 'too large' : undefined;
  }
}

/** A file may hold several pickles, one after the other. What imports nothing and is no pickle by its first bytes is none. */
function pickleIn(file: string, bytes: Buffer, start: number): FoundPickle[] {
  const marked = isPickle(bytes.subarray(start, start + 2));
  const imports: PickleImport[] = [];
  let problem: string | undefined;
  for (let at = start; at < bytes.length && !problem; ) {
    if (at > start && !isPickle(bytes.subarray(at, at + 2))) break;
    const found = readPickle(bytes, at);
    imports.push(...found.imports);
    problem = found.problem;
    at = found.end;
  }
  if (!marked && imports.length === 0) return [];
  const names = (some: readonly PickleImport[]) =>
    [...new Set(some.map(({ module, name }) => `${module}.${name}`))].sort();
  const unknown = names(imports.filter((each) => !isAllowed(each)));
  return [{ file, imports: names(imports), unknown, ...(problem ? { problem: `it can't be read: ${problem}` } : {}) }];
}

/** A numpy array is a pickle only where it holds objects. */
function inspectArray(file: string, bytes: Buffer): FoundPickle[] {
  if (bytes.length < 12) return [];
  const wide = bytes[6]! > 1;
  const at = wide ? 12 : 10;
  const length = wide ? bytes.readUInt32LE(8) : bytes.readUInt16LE(8);
  const header = bytes.toString('latin1', at, at + length);
  return /'O'|\|O/.test(header) ? pickleIn(file, bytes, at + length) : [];
}

/** Reads a zip by its directory, as all that load models do. */
function inspectZip(file: string, bytes: Buffer, depth: number): FoundPickle[] {
  const end = bytes.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  if (end < 0 || end + 22 > bytes.length) return [unseen(file, 'its zip has no directory')];
  const found: FoundPickle[] = [];
  const count = bytes.readUInt16LE(end + 10);
  let at = bytes.readUInt32LE(end + 16);
  try {
    for (let entry = 0; entry < count; entry += 1) {
      if (bytes.toString('latin1', at, at + 4) !== 'PK\x01\x02') return [...found, unseen(file, 'its zip is damaged')];
      const [method, size, offset] = [
        bytes.readUInt16LE(at + 10),
        bytes.readUInt32LE(at + 20),
        bytes.readUInt32LE(at + 42),
      ];
      const [named, extra, comment] = [28, 30, 32].map((field) => bytes.readUInt16LE(at + field)) as [
        number,
        number,
        number,
      ];
      const name = `${file}!${bytes.toString('utf8', at + 46, at + 46 + named)}`;
      const from = offset + 30 + bytes.readUInt16LE(offset + 26) + bytes.readUInt16LE(offset + 28);
      const raw = bytes.subarray(from, from + size);
      const content =
        method === 0
          ? raw
          : method === 8
            ? unpacked(() => inflateRawSync(raw, { maxOutputLength: LOOKED_INTO }))
            : undefined;
      if (Buffer.isBuffer(content)) found.push(...inspectFile(name, content, depth + 1));
      else found.push(unseen(name, content === 'too large' ? 'it unpacks to too much' : "it can't be unzipped"));
      at += 46 + named + extra + comment;
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    found.push(unseen(file, 'its zip is damaged'));
  }
  return found;
}
