import type { Column } from './column';
import { timeOf } from './csv';
import { addValue, flattened } from './json';
import { LineScanner } from './lines';
import type { Table } from './table';

/** One side of a captured call, as SageMaker writes it. */
interface Payload {
  readonly observedContentType?: string;
  readonly data?: unknown;
  readonly encoding?: string;
}

interface CaptureRecord {
  readonly captureData?: { readonly endpointInput?: Payload; readonly endpointOutput?: Payload };
  readonly eventMetadata?: { readonly inferenceTime?: unknown };
}

/** What a captured payload holds: rows of fields, or objects. */
type Rows = readonly (readonly string[])[] | readonly Readonly<Record<string, unknown>>[];

/**
 * Reads data capture of SageMaker endpoints: a call a line, whose payloads are CSV or JSON, plain or base64, of one row or
 * of a batch. What was asked fills the features, what was answered the predictions.
 */
export class CaptureScanner extends LineScanner {
  constructor(table: Table, file: string | undefined) {
    const form = 'Capture files hold one JSON record a line.';
    super(table, file, { record: 'record', shorter: 'Capture smaller batches.', form });
  }

  protected record(value: unknown): void {
    const record = value as CaptureRecord | null;
    const capture = record?.captureData;
    if (!capture || typeof capture !== 'object') {
      this.bad('bad-json', 'The record has no captureData.', 'Give files as SageMaker data capture writes them.');
      return;
    }
    const [input, output] = [
      this.rowsOf(capture.endpointInput, 'feature'),
      this.rowsOf(capture.endpointOutput, 'prediction'),
    ];
    if (input.length === 0 && output.length === 0) return;
    this.rows += Math.max(input.length, output.length);
    this.addRows(input, 'feature');
    this.addRows(output, 'prediction');
    this.addTime(record?.eventMetadata?.inferenceTime);
  }

  private addTime(value: unknown): void {
    const at = typeof value === 'string' ? timeOf(value) : undefined;
    if (at !== undefined) this.table.time(at);
    else
      this.say(
        'bad-time',
        `The record's inferenceTime is ${JSON.stringify(value)?.slice(0, 40)}.`,
        'It must be an ISO 8601 time.',
      );
  }

  private addRows(rows: Rows, role: 'feature' | 'prediction'): void {
    for (const row of rows) {
      if (Array.isArray(row)) {
        const names = this.table.namesFor(row.length, role);
        for (const [at, name] of names.entries()) this.columnOf(name, role).addField(row[at]);
      } else {
        for (const [name, value] of flattened(row as Record<string, unknown>)) {
          this.columnOf(name, role);
          addValue(this.table, name, value);
        }
      }
    }
  }

  private columnOf(name: string, role: 'feature' | 'prediction'): Column {
    this.noteSeen(name);
    return this.table.column(name, role === 'prediction' ? role : undefined);
  }

  private rowsOf(payload: Payload | undefined, side: string): Rows {
    if (!payload || payload.data === undefined || payload.data === null) return [];
    const { encoding = 'CSV', observedContentType = '' } = payload;
    const data = typeof payload.data === 'string' ? payload.data : JSON.stringify(payload.data);
    const text = encoding.toUpperCase() === 'BASE64' ? Buffer.from(data, 'base64').toString('utf8') : data;
    const isJson = encoding.toUpperCase() === 'JSON' || /json/i.test(observedContentType);
    if (!isJson && (encoding.toUpperCase() === 'CSV' || /csv|text\/plain/i.test(observedContentType)))
      return csvRows(text);
    if (isJson || /^\s*[[{]/.test(text)) {
      try {
        return jsonRows(text);
      } catch {
        this.bad('bad-json', `The ${side} payload is no JSON.`, 'It was counted and left out.');
        return [];
      }
    }
    this.bad(
      'bad-encoding',
      `The ${side} payload is ${observedContentType || 'of no type'}, encoded ${encoding}.`,
      'CSV and JSON payloads are profiled.',
    );
    return [];
  }
}

/** Rows of a CSV payload; quotes are honoured, blank lines skipped. */
function csvRows(text: string): string[][] {
  const lines = text.split(/\r?\n/).filter((line) => line !== '');
  return lines.map((line) => {
    if (!line.includes('"')) return line.split(',');
    const fields = line.match(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g) ?? [];
    const cut = fields.map((field) => (field.endsWith(',') ? field.slice(0, -1) : field));
    if (!line.endsWith(',') && cut.at(-1) === '') cut.pop();
    return cut.map((field) => (field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field));
  });
}

const LISTS = ['instances', 'predictions', 'inputs', 'outputs', 'data'];

/** Rows of a JSON payload: an object, a list, `{"instances": […]}` and the like, or JSON Lines. */
function jsonRows(text: string): Rows {
  const values =
    text.trim().includes('\n') && /^\s*[[{].*[\]}]\s*\n\s*[[{]/.test(text)
      ? text
          .split('\n')
          .filter((line) => line.trim() !== '')
          .map((line) => JSON.parse(line) as unknown)
      : [JSON.parse(text) as unknown];
  return values.flatMap(rowsOfValue) as unknown as Rows;
}

function rowsOfValue(value: unknown): unknown[] {
  if (Array.isArray(value)) {
    const isTable = value.some((item) => item !== null && typeof item === 'object');
    return isTable ? value.flatMap(rowsOfValue) : [value.map(fieldOf)];
  }
  if (value === null || typeof value !== 'object') return [[fieldOf(value)]];
  const object = value as Record<string, unknown>;
  const list = LISTS.find((name) => Array.isArray(object[name]));
  if (list)
    return (object[list] as unknown[]).flatMap((item) =>
      Array.isArray(item) || (item !== null && typeof item === 'object') ? rowsOfValue(item) : [[fieldOf(item)]],
    );
  if ('features' in object && Array.isArray(object.features)) return rowsOfValue(object.features);
  return [object];
}

const fieldOf = (value: unknown): string =>
  value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);
