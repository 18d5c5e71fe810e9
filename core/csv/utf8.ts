import { isUtf8 } from 'node:buffer';

/** Where text stops being UTF-8: line feeds before it, and the offending byte (none where the file ends mid-character). */
export interface BadByte {
  readonly newlinesBefore: number;
  readonly byte?: number;
  readonly hint: string;
}

const SAVE_AS_UTF8 = 'Save the file as UTF-8.';

/**
 * A strict, streaming UTF-8 decoder that can say on which line a byte is wrong, which a fatal TextDecoder can't.
 * A byte order mark at the start is dropped. After a bad byte it decodes nothing more.
 */
export class Utf8Decoder {
  private carry = Buffer.alloc(0);
  private newlines = 0;
  private started = false;
  bad: BadByte | undefined;

  /** The text that is complete so far; stops before the line that holds a bad byte. */
  decode(chunk: Uint8Array): string {
    if (this.bad) return '';
    const bytes = this.carry.length > 0 ? Buffer.concat([this.carry, chunk]) : asBuffer(chunk);
    const end = bytes.length - incompleteTail(bytes);
    this.carry = Buffer.from(bytes.subarray(end));
    const complete = bytes.subarray(0, end);
    const text = isUtf8(complete) ? complete.toString('utf8') : this.upToBadLine(complete);
    if (this.started || text.length === 0) return text;
    this.started = true;
    return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  }

  /** Call at the end of the file: an unfinished character is a bad byte as well. */
  end(newlines: number): void {
    if (this.bad || this.carry.length === 0) return;
    this.bad = {
      newlinesBefore: newlines,
      byte: this.carry[0],
      hint: `${SAVE_AS_UTF8} The file may have been cut off.`,
    };
  }

  /** Counts the line feeds of text that was decoded and handed on. */
  passed(newlines: number): void {
    this.newlines += newlines;
  }

  private upToBadLine(bytes: Buffer): string {
    let start = 0;
    let lines = 0;
    for (;;) {
      const feed = bytes.indexOf(10, start);
      const line = bytes.subarray(start, feed < 0 ? bytes.length : feed);
      if (!isUtf8(line)) {
        const byte = line[badOffset(line)];
        this.bad = { newlinesBefore: this.newlines + lines, byte, hint: hintFor(bytes, byte) };
        return bytes.toString('utf8', 0, start);
      }
      start = feed + 1;
      lines += 1;
    }
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** How many bytes at the end begin a character whose rest is still to come (0 to 3). */
function incompleteTail(bytes: Buffer): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) {
      const needs = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return needs > back ? back : 0;
    }
  }
  return 0;
}

/** Offset of the first bad byte: everything before the first replacement character that is not in the source is good. */
function badOffset(line: Buffer): number {
  const text = line.toString('utf8');
  let offset = 0;
  let from = 0;
  for (;;) {
    const at = text.indexOf('\ufffd', from);
    offset += Buffer.byteLength(text.slice(from, at), 'utf8');
    const isInSource = line[offset] === 0xef && line[offset + 1] === 0xbf && line[offset + 2] === 0xbd;
    if (!isInSource) return offset;
    offset += 3;
    from = at + 1;
  }
}

function hintFor(bytes: Buffer, byte: number | undefined): string {
  const mark = bytes.length >= 2 ? bytes.readUInt16BE(0) : 0;
  if (mark === 0xfffe || mark === 0xfeff) return 'The file looks like UTF-16. Save it as UTF-8.';
  if (byte === undefined || byte < 0xa0) return SAVE_AS_UTF8;
  return `${SAVE_AS_UTF8} In Latin-1 this byte would be "${String.fromCharCode(byte)}".`;
}
