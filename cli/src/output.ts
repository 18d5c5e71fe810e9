import { createColors } from 'picocolors';

/** Where text goes: a stream, or a test's buffer. */
export interface Sink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export type Colors = ReturnType<typeof createColors>;

export interface OutputOptions {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly json: boolean;
  readonly quiet?: boolean;
  readonly color: boolean;
}

/**
 * The result of a command goes to stdout: text, or with `--json` exactly one JSON document. All else (progress, the
 * target, warnings, errors) goes to stderr, so that a pipe never sees it.
 */
export class Output {
  readonly color: Colors;
  readonly json: boolean;
  private transientShown = false;
  private documentWritten = false;

  constructor(private readonly options: OutputOptions) {
    this.color = createColors(options.color);
    this.json = options.json;
  }

  /** The command's result: `document` with `--json`, else the rendered text. */
  result(document: unknown, render: () => string): void {
    this.clear();
    if (!this.json) {
      this.print(render());
      return;
    }
    if (this.documentWritten) throw new Error('A command writes one JSON document.');
    this.documentWritten = true;
    this.options.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  }

  /** A line of log or progress. */
  info(text: string): void {
    this.clear();
    if (!this.options.quiet) this.options.stderr.write(`${text}\n`);
  }

  warn(text: string): void {
    this.clear();
    this.options.stderr.write(`${this.color.yellow('warning:')} ${text}\n`);
  }

  error(message: string, hint?: string): void {
    this.clear();
    this.options.stderr.write(`${this.color.red('error:')} ${message}\n${hint ? `${hint}\n` : ''}`);
  }

  /** The JSON document of a failed command, unless its result is out already. */
  errorDocument(error: { code: number; message: string; hint?: string }): void {
    if (this.json && !this.documentWritten) this.result({ error }, () => '');
  }

  /** A line that the next one replaces; on a terminal only. */
  transient(text: string): void {
    const { stderr, quiet } = this.options;
    if (!stderr.isTTY || quiet) return;
    const width = (stderr.columns ?? 80) - 1;
    stderr.write(`\r\u001b[2K${text.length > width ? `${text.slice(0, width - 1)}…` : text}`);
    this.transientShown = true;
  }

  private clear(): void {
    if (this.transientShown) this.options.stderr.write('\r\u001b[2K');
    this.transientShown = false;
  }

  private print(text: string): void {
    if (text) this.options.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  }
}
