/** Receives each line with its end ('\n', '\r\n', or '' for the last); false stops, as it does for `tooLong`. */
export type LineVisitor = (text: string, end: string, line: number) => boolean;

/**
 * Cuts streamed text into lines in bounded memory: a line longer than the limit is reported once and left out.
 */
export class LineSplitter {
  private rest = '';
  private skipping = false;
  /** Line feeds seen so far. */
  newlines = 0;

  constructor(
    private readonly maxLength: number,
    private readonly visit: LineVisitor,
    private readonly tooLong: (line: number) => boolean,
  ) {}

  /** @returns false once the visitor has stopped. */
  push(text: string): boolean {
    let start = 0;
    for (let feed = text.indexOf('\n'); feed >= 0; feed = text.indexOf('\n', start)) {
      const tail = text.slice(start, feed);
      start = feed + 1;
      if (!this.finish(this.rest.length > 0 ? this.rest + tail : tail, '\n')) return false;
    }
    if (this.skipping) return true;
    this.rest = this.rest.length > 0 ? this.rest + text.slice(start) : text.slice(start);
    if (this.rest.length > this.maxLength) {
      this.rest = '';
      this.skipping = true;
      return this.tooLong(this.newlines + 1);
    }
    return true;
  }

  /** Hands on a last line that has no end. */
  end(): boolean {
    return this.rest.length === 0 || this.finish(this.rest, '');
  }

  private finish(text: string, end: '\n' | ''): boolean {
    this.rest = '';
    this.newlines += end.length;
    const line = this.newlines + 1 - end.length;
    if (this.skipping) {
      this.skipping = false;
      return true;
    }
    if (text.length > this.maxLength) return this.tooLong(line);
    if (text.endsWith('\r')) return this.visit(text.slice(0, -1), `\r${end}`, line);
    return this.visit(text, end, line);
  }
}
