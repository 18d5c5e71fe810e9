import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';

/** The sandbox's own log, read on from where it was left. */
export class OwnLog {
  private offset = 0;
  private rest = '';

  constructor(private readonly file: string) {}

  /** Whole lines written since the last call; a log that became shorter was begun anew by a new start. */
  lines(): string[] {
    if (!existsSync(this.file)) return [];
    const file = openSync(this.file, 'r');
    try {
      const { size } = fstatSync(file);
      if (size < this.offset) [this.offset, this.rest] = [0, ''];
      const bytes = Buffer.alloc(size - this.offset);
      this.offset += readSync(file, bytes, 0, bytes.length, this.offset);
      const lines = (this.rest + bytes.toString('utf8')).split('\n');
      this.rest = lines.pop() ?? '';
      return lines;
    } finally {
      closeSync(file);
    }
  }
}

/** Those lines that were written at or after a time; a line without one belongs to the line above it. */
export function linesSince(lines: readonly string[], since: number): string[] {
  let shown = since === 0;
  return lines.filter((line) => {
    const time = Date.parse(/^\d{4}-\d\d-\d\dT[\d:.]+Z/.exec(line)?.[0] ?? '');
    if (!Number.isNaN(time)) shown = time >= since;
    return shown;
  });
}
