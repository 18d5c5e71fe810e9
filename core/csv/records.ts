/** A finished record, or what is wrong with it; `line` is where it begins, `column` the field at fault. */
export type RecordResult =
  | { readonly ok: true; readonly fields: string[]; readonly line: number }
  | {
      readonly ok: false;
      readonly code: 'bad-quote' | 'bare-carriage-return';
      readonly line: number;
      readonly column: number;
    };

const QUOTE = 34;
const COMMA = 44;

/**
 * Joins lines into records and records into fields (RFC 4180 section 2). A record goes over several lines only inside
 * quotes. After a malformed record it goes on with the next line.
 */
export class RecordParser {
  private fields: string[] = [];
  private field = '';
  private open = false;
  private firstLine = 0;
  private size = 0;
  /** Line on which the quote stands that is still open. */
  quoteLine = 0;

  /** True inside a quoted field that goes on with the next line. */
  get isOpen(): boolean {
    return this.open;
  }

  /** Characters collected in the record that is still open. */
  get openSize(): number {
    return this.open ? this.size : 0;
  }

  /** Takes one line without its end; answers nothing while the record is open. */
  add(text: string, end: string, line: number): RecordResult | undefined {
    if (!this.open) {
      if (!text.includes('"')) return plain(text, line);
      this.fields = [];
      this.field = '';
      this.firstLine = line;
      this.size = 0;
    }
    this.size += text.length + end.length;
    return this.quoted(text, end, line);
  }

  private quoted(text: string, end: string, line: number): RecordResult | undefined {
    let at = 0;
    for (;;) {
      if (this.open || text.charCodeAt(at) === QUOTE) {
        if (!this.open) {
          at += 1;
          this.open = true;
          this.quoteLine = line;
        }
        at = this.upToClosingQuote(text, at);
        if (this.open) {
          this.field += end;
          return undefined;
        }
        if (at < text.length && text.charCodeAt(at) !== COMMA) return this.malformed('bad-quote');
      } else {
        const comma = text.indexOf(',', at);
        const stop = comma < 0 ? text.length : comma;
        this.field = text.slice(at, stop);
        if (this.field.includes('"')) return this.malformed('bad-quote');
        if (this.field.includes('\r')) return this.malformed('bare-carriage-return');
        at = stop;
      }
      this.fields.push(this.field);
      this.field = '';
      if (at >= text.length) return { ok: true, fields: this.fields, line: this.firstLine };
      at += 1;
    }
  }

  /** Reads quoted text from `at`; closes the field and answers where it ends, or leaves it open at the line's end. */
  private upToClosingQuote(text: string, at: number): number {
    for (;;) {
      const quote = text.indexOf('"', at);
      if (quote < 0) {
        this.field += text.slice(at);
        return text.length;
      }
      this.field += text.slice(at, quote);
      if (text.charCodeAt(quote + 1) !== QUOTE) {
        this.open = false;
        return quote + 1;
      }
      this.field += '"';
      at = quote + 2;
    }
  }

  private malformed(code: 'bad-quote' | 'bare-carriage-return'): RecordResult {
    this.open = false;
    return { ok: false, code, line: this.firstLine, column: this.fields.length + 1 };
  }
}

function plain(text: string, line: number): RecordResult {
  const fields = text.split(',');
  if (!text.includes('\r')) return { ok: true, fields, line };
  const column = fields.findIndex((field) => field.includes('\r')) + 1;
  return { ok: false, code: 'bare-carriage-return', line, column };
}
