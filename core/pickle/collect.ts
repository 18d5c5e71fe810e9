import { type FoundPickle, inspectFile, inspectHead, LOOKED_INTO } from './inspect';

/** Takes the files of an archive as their bytes pass, one after the other, and looks for pickles in each. */
export class PickleCollector {
  readonly found: FoundPickle[] = [];
  private chunks: Uint8Array[] = [];
  private file = '';
  private size = 0;

  begin(file: string, size: number): void {
    this.file = file;
    this.size = size;
    this.chunks = [];
  }

  data(bytes: Uint8Array): void {
    // Of what is too large the first bytes tell whether it had to be looked into.
    if (this.size <= LOOKED_INTO || this.chunks.length === 0) this.chunks.push(bytes);
  }

  end(): void {
    const bytes = Buffer.concat(this.chunks);
    this.chunks = [];
    this.found.push(...(this.size <= LOOKED_INTO ? inspectFile(this.file, bytes) : inspectHead(this.file, bytes)));
  }
}
