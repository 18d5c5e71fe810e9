import { TarRules } from './tar-rules';

/** Bytes of a header, and of which sizes are multiples. */
export const BLOCK = 512;

/** Offsets of a ustar header's fields (POSIX.1-1988). */
const SIZE = { at: 124, length: 12 };
const CHECKSUM = { at: 148, length: 8 };
const TYPE = 156;

const octal = (header: Buffer, { at, length }: { at: number; length: number }): number =>
  Number.parseInt(
    header
      .toString('ascii', at, at + length)
      .replace(/[\0 ]+$/, '')
      .trim() || '0',
    8,
  );

/** Bytes of an entry; sizes of 8 GB and above are written in base 256, marked by the first bit. */
export const sizeOf = (header: Buffer): number =>
  header[SIZE.at]! & 0x80 ? Number(header.readBigUInt64BE(SIZE.at + 4)) : octal(header, SIZE);

const checksumOf = (header: Buffer): number => {
  let sum = 0;
  for (let at = 0; at < BLOCK; at += 1) {
    sum += at >= CHECKSUM.at && at < CHECKSUM.at + CHECKSUM.length ? 0x20 : header[at]!;
  }
  return sum;
};

/** Longest content of an entry that only describes the next one: names in the forms of POSIX and GNU. */
const MAX_DESCRIPTION = 64 * 1024;

const textAt = (header: Buffer, at: number, length: number): string =>
  header.toString('utf8', at, at + length).replace(/\0.*$/s, '');

/** Name with its prefix, as ustar splits long ones; GNU keeps times where the prefix would be. */
const nameOf = (header: Buffer): string => {
  const isUstar = header.toString('latin1', 257, 263) === 'ustar\0';
  return [isUstar ? textAt(header, 345, 155) : '', textAt(header, 0, 100)].filter(Boolean).join('/');
};

/** Records of a POSIX extended header: `<length> <key>=<value>` and a line feed each. */
const recordsOf = (content: Buffer): Record<string, string> => {
  const records: Record<string, string> = {};
  for (let at = 0; at < content.length; ) {
    const length = Number.parseInt(content.toString('latin1', at, at + 20), 10);
    if (!(length > 4)) break;
    const [, key = '', value = ''] = /^\d+ ([^=]*)=(.*)\n$/s.exec(content.toString('utf8', at, at + length)) ?? [];
    records[key] = value;
    at += length;
  }
  return records;
};

/** Sees the content of files, one after the other. */
export interface FileVisitor {
  begin(file: string, size: number): void;
  data(bytes: Uint8Array): void;
  end(): void;
}

/** Counts and judges the entries of a tar as its bytes pass: whoever only looks needs no library that unpacks. */
export class TarScan {
  /** Regular files that hold anything. */
  files = 0;
  /** Why it is no tar; undefined as long as it may be one. */
  problem: string | undefined;
  /** Why it may not be unpacked; undefined as long as it may. */
  danger: string | undefined;

  private readonly rules = new TarRules();
  private header = Buffer.alloc(0);
  private skip = 0;
  /** Bytes of the file that the visitor has not seen yet. */
  private unseen = 0;
  /** Description of the next entry: what is still to be read of it, and what it says. */
  private description: { readonly type: string; readonly chunks: Uint8Array[]; left: number } | undefined;
  private next: { name?: string; link?: string; size?: number } = {};

  constructor(private readonly visitor?: FileVisitor) {}

  push(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length && this.problem === undefined && this.danger === undefined) {
      if (this.description) {
        at += this.describe(bytes.subarray(at));
        continue;
      }
      const skipped = Math.min(this.skip, bytes.length - at);
      this.show(bytes.subarray(at, at + Math.min(skipped, this.unseen)));
      this.skip -= skipped;
      at += skipped;
      const part = bytes.subarray(at, at + BLOCK - this.header.length);
      this.header = Buffer.concat([this.header, part]);
      at += part.length;
      if (this.header.length === BLOCK) this.entry();
    }
  }

  end(): void {
    if (this.danger === undefined && (this.skip > 0 || this.description || this.header.length > 0)) {
      this.problem ??= 'it ends within an entry';
    }
  }

  private show(part: Uint8Array): void {
    if (part.length === 0) return;
    this.unseen -= part.length;
    this.visitor?.data(part);
    if (this.unseen === 0) this.visitor?.end();
  }

  private entry(): void {
    const { header } = this;
    this.header = Buffer.alloc(0);
    // Blocks of zeros end an archive.
    if (header.every((byte) => byte === 0)) return;
    const announced = sizeOf(header);
    if (checksumOf(header) !== octal(header, CHECKSUM) || !Number.isSafeInteger(announced)) {
      this.problem = 'it is no tar inside';
      return;
    }
    const type = String.fromCharCode(header[TYPE]!);
    if ('xgLK'.includes(type)) {
      this.beginDescription(type, announced);
      return;
    }
    const { name = nameOf(header), link = textAt(header, 157, 100), size = announced } = this.next;
    this.next = {};
    this.danger = this.rules.judge({ name, type, link, size });
    const isFile = type === '0' || type === '\0' || type === '7';
    if (isFile && size > 0) {
      this.files += 1;
      this.unseen = size;
      this.visitor?.begin(name, size);
    }
    // Links, folders and the like have no content, whatever size they say.
    this.skip = isFile ? Math.ceil(size / BLOCK) * BLOCK : Math.ceil(announced / BLOCK) * BLOCK;
  }

  private beginDescription(type: string, size: number): void {
    if (size > MAX_DESCRIPTION) this.danger = `it describes an entry in ${size} bytes`;
    else if (size > 0) this.description = { type, chunks: [], left: size };
  }

  /** Takes what belongs to the description; answers how many bytes that were. */
  private describe(bytes: Uint8Array): number {
    const { description } = this;
    const part = bytes.subarray(0, description!.left);
    description!.chunks.push(Uint8Array.from(part));
    description!.left -= part.length;
    if (description!.left > 0) return part.length;
    const content = Buffer.concat(description!.chunks);
    this.skip = (BLOCK - (content.length % BLOCK)) % BLOCK;
    this.description = undefined;
    this.apply(description!.type, content);
    return part.length;
  }

  private apply(type: string, content: Buffer): void {
    if (type === 'L') this.next.name = textAt(content, 0, content.length);
    else if (type === 'K') this.next.link = textAt(content, 0, content.length);
    else {
      const { path, linkpath, size } = recordsOf(content);
      // A global one would rename every file that follows.
      if (type === 'g' && (path ?? linkpath ?? size) !== undefined) this.danger = 'it renames all its entries at once';
      if (path !== undefined) this.next.name = path;
      if (linkpath !== undefined) this.next.link = linkpath;
      if (size !== undefined) this.next.size = Number(size);
      if (size !== undefined && !Number.isSafeInteger(Number(size))) this.problem = 'it is no tar inside';
    }
  }
}
