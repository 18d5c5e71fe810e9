import { isUtf8 } from 'node:buffer';

const SLOTS = 4096;

/**
 * Knows texts by their bytes: a table from bytes to numbers, so that a text that was seen before is counted without a
 * string being made. It holds 2,048 texts of up to 64 bytes; for others it answers -1.
 */
export class TokenTable {
  readonly texts: string[] = [];
  /** Numbers of the texts that were no UTF-8. */
  readonly notUtf8 = new Set<number>();
  private readonly slots = new Int32Array(SLOTS);
  private readonly hashes = new Int32Array(SLOTS / 2);
  private readonly starts = new Int32Array(SLOTS / 2 + 1);
  private bytes: Uint8Array = new Uint8Array(4096);

  /** @returns the text's number, a new one where it is new and there is room; else -1. */
  find(buf: Uint8Array, start: number, end: number): number {
    let hash = end - start;
    for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + buf[at]!) | 0;
    let slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    for (;;) {
      const id = this.slots[slot]! - 1;
      if (id < 0) return this.insert(buf, start, end, hash, slot);
      if (this.hashes[id] === hash && this.same(id, buf, start, end)) return id;
      slot = (slot + 1) & (SLOTS - 1);
    }
  }

  private same(id: number, buf: Uint8Array, start: number, end: number): boolean {
    let from = this.starts[id]!;
    if (this.starts[id + 1]! - from !== end - start) return false;
    for (let at = start; at < end; at++) if (this.bytes[from++] !== buf[at]) return false;
    return true;
  }

  private insert(buf: Uint8Array, start: number, end: number, hash: number, slot: number): number {
    const id = this.texts.length;
    if (id === SLOTS / 2 || end - start > 64) return -1;
    const from = this.starts[id]!;
    if (from + end - start > this.bytes.length) {
      const larger = new Uint8Array(this.bytes.length * 2);
      larger.set(this.bytes);
      this.bytes = larger;
    }
    this.bytes.set(buf.subarray(start, end), from);
    this.starts[id + 1] = from + end - start;
    this.hashes[id] = hash;
    this.slots[slot] = id + 1;
    if (!isUtf8(buf.subarray(start, end))) this.notUtf8.add(id);
    this.texts.push(decode(buf, start, end));
    return id;
  }
}

/** The text of bytes: UTF-8, or Latin-1 where they are no UTF-8. */
export function decode(buf: Uint8Array, start: number, end: number): string {
  const bytes = Buffer.from(buf.buffer, buf.byteOffset + start, end - start);
  return bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1');
}
