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

/** Counts the regular files of a tar as its bytes pass: whoever only counts needs no library that unpacks. */
export class TarScan {
  /** Regular files that hold anything. */
  files = 0;
  /** Why it is no tar; undefined as long as it may be one. */
  problem: string | undefined;

  private header = Buffer.alloc(0);
  private skip = 0;

  push(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length && this.problem === undefined) {
      const skipped = Math.min(this.skip, bytes.length - at);
      this.skip -= skipped;
      at += skipped;
      const part = bytes.subarray(at, at + BLOCK - this.header.length);
      this.header = Buffer.concat([this.header, part]);
      at += part.length;
      if (this.header.length === BLOCK) this.entry();
    }
  }

  end(): void {
    if (this.skip > 0 || this.header.length > 0) this.problem ??= 'it ends within an entry';
  }

  private entry(): void {
    const { header } = this;
    this.header = Buffer.alloc(0);
    // Blocks of zeros end an archive.
    if (header.every((byte) => byte === 0)) return;
    const size = sizeOf(header);
    if (checksumOf(header) !== octal(header, CHECKSUM) || !Number.isSafeInteger(size)) {
      this.problem = 'it is no tar inside';
      return;
    }
    const type = String.fromCharCode(header[TYPE]!);
    if ((type === '0' || type === '\0') && size > 0) this.files += 1;
    this.skip = Math.ceil(size / BLOCK) * BLOCK;
  }
}
