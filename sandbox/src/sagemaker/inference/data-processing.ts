import { applyJsonPath, type JsonPath, parseJsonPath } from './json-path';
import { csvFields } from './records';

/** Batch transform's DataProcessing: what of a record the model sees, and what of its answer is kept. */
export interface DataProcessing {
  readonly InputFilter?: string;
  readonly OutputFilter?: string;
  readonly JoinSource?: string;
}

export class DataProcessingError extends Error {}

type Format = 'csv' | 'json';

const formatOf = (contentType: string | undefined): Format | undefined => {
  const type = (contentType ?? '').split(';')[0]!.trim().toLowerCase();
  if (type === 'text/csv') return 'csv';
  return /^application\/(json|jsonlines|x-jsonlines)$/.test(type) ? 'json' : undefined;
};

/** Filters and joins records of one transform job. */
export class RecordProcessor {
  private readonly input: JsonPath;
  private readonly output: JsonPath;
  private readonly join: boolean;
  private readonly format: Format | undefined;
  private readonly answerFormat: Format | undefined;

  constructor(processing: DataProcessing | undefined, contentType: string | undefined, accept: string | undefined) {
    this.input = parseJsonPath(processing?.InputFilter ?? '$');
    this.output = parseJsonPath(processing?.OutputFilter ?? '$');
    this.join = processing?.JoinSource === 'Input';
    this.format = formatOf(contentType);
    this.answerFormat = formatOf(accept) ?? this.format;
    if (this.changesInput && !this.format) throw unsupported('ContentType', contentType);
    if (this.changesOutput && (!this.answerFormat || (this.join && this.answerFormat !== this.format))) {
      throw unsupported(this.join ? 'ContentType and Accept' : 'Accept', accept);
    }
  }

  get changesInput(): boolean {
    return this.input.length > 0;
  }

  get changesOutput(): boolean {
    return this.join || this.output.length > 0;
  }

  /** What the model is sent for a record. */
  request(record: string): string {
    if (!this.changesInput) return record;
    return write(this.format!, chosen(applyJsonPath(this.input, read(this.format!, record)), 'InputFilter', record));
  }

  /** What is written for a record and the model's answer to it. */
  result(record: string, answer: string): string {
    if (!this.changesOutput) return answer;
    const format = this.answerFormat!;
    const answered = read(format, answer);
    const joined = this.join ? joinRecords(format, read(format, record), answered) : answered;
    return write(format, chosen(applyJsonPath(this.output, joined), 'OutputFilter', record));
  }
}

const unsupported = (member: string, value: string | undefined) =>
  new DataProcessingError(
    `DataProcessing needs ${member} text/csv, application/json or application/jsonlines; received '${value ?? ''}'`,
  );

function read(format: Format, record: string): unknown {
  if (format === 'csv') return csvFields(record);
  try {
    return JSON.parse(record);
  } catch {
    throw new DataProcessingError(`the record '${record.slice(0, 80)}' is not JSON`);
  }
}

function write(format: Format, value: unknown): string {
  if (format === 'json') return JSON.stringify(value);
  return Array.isArray(value) ? value.join(',') : String(value);
}

function chosen(value: unknown, filter: string, record: string): unknown {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) {
    throw new DataProcessingError(`${filter} selects nothing from the record '${record.slice(0, 80)}'`);
  }
  return value;
}

// CSV rows are put side by side. JSON objects get the answer as SageMakerOutput; other values both names.
function joinRecords(format: Format, input: unknown, output: unknown): unknown {
  if (format === 'csv') return [...(input as string[]), ...(output as string[])];
  if (typeof input === 'object' && input !== null && !Array.isArray(input))
    return { ...input, SageMakerOutput: output };
  return { SageMakerInput: input, SageMakerOutput: output };
}
