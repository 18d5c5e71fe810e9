import { randomUUID } from 'node:crypto';
import { messageOf } from '../api/errors';
import type { Scope } from '../api/scope';
import { joinS3, type S3 } from '../aws/s3';

const FLUSH_MS = 2_000;
/** Flushed earlier once so much is waiting. */
const FLUSH_BYTES = 2 * 2 ** 20;

/** DataCaptureConfig of an endpoint config. */
export interface CaptureConfig {
  readonly EnableCapture?: boolean;
  readonly InitialSamplingPercentage: number;
  readonly DestinationS3Uri: string;
  readonly KmsKeyId?: string;
  readonly CaptureOptions: { CaptureMode: 'Input' | 'Output' | 'InputAndOutput' }[];
  readonly CaptureContentTypeHeader?: { CsvContentTypes?: string[]; JsonContentTypes?: string[] };
}

export interface CapturedInvocation {
  readonly eventId: string;
  readonly inferenceId?: string;
  readonly customAttributes?: string;
  readonly time: Date;
  readonly input: { body: Buffer; contentType: string };
  readonly output: { body: Buffer; contentType: string };
}

type Encoding = 'CSV' | 'JSON' | 'BASE64';

function encodingOf(contentType: string, config: CaptureConfig): Encoding {
  const type = contentType.split(';')[0]!.trim().toLowerCase();
  const lists = (types: string[] | undefined) => types?.some((candidate) => candidate.toLowerCase() === type) === true;
  if (lists(config.CaptureContentTypeHeader?.CsvContentTypes)) return 'CSV';
  // Types that no list names are kept as base64, as on AWS.
  return lists(config.CaptureContentTypeHeader?.JsonContentTypes) ? 'JSON' : 'BASE64';
}

/** One captured request as its line of JSON. */
export function captureRecord(config: CaptureConfig, invocation: CapturedInvocation): string {
  const modes = new Set(config.CaptureOptions.map((option) => option.CaptureMode));
  const side = (mode: 'INPUT' | 'OUTPUT', { body, contentType }: CapturedInvocation['input']) => {
    const encoding = encodingOf(contentType, config);
    const data = body.toString(encoding === 'BASE64' ? 'base64' : 'utf8');
    return { observedContentType: contentType, mode, data, encoding };
  };
  const both = modes.has('InputAndOutput');
  return JSON.stringify({
    captureData: {
      ...(both || modes.has('Input') ? { endpointInput: side('INPUT', invocation.input) } : {}),
      ...(both || modes.has('Output') ? { endpointOutput: side('OUTPUT', invocation.output) } : {}),
    },
    eventMetadata: {
      eventId: invocation.eventId,
      ...(invocation.customAttributes ? { customAttributes: [invocation.customAttributes] } : {}),
      ...(invocation.inferenceId ? { inferenceId: invocation.inferenceId } : {}),
      inferenceTime: invocation.time.toISOString().replace(/\.\d{3}Z$/, 'Z'),
    },
    eventVersion: '0',
  });
}

const two = (value: number) => String(value).padStart(2, '0');

/** `<destination>/<endpoint>/<variant>/yyyy/mm/dd/hh/mm-ss-ms-<uuid>.jsonl`, in UTC. */
export function captureKey(config: CaptureConfig, endpoint: string, variant: string, time: Date): string {
  const day = [time.getUTCFullYear(), two(time.getUTCMonth() + 1), two(time.getUTCDate()), two(time.getUTCHours())];
  const ms = String(time.getUTCMilliseconds()).padStart(3, '0');
  const file = `${two(time.getUTCMinutes())}-${two(time.getUTCSeconds())}-${ms}-${randomUUID()}.jsonl`;
  return joinS3(config.DestinationS3Uri, endpoint, variant, ...day.map(String), file);
}

/** Collects what one variant captures and writes it to S3 every few seconds. */
export class DataCapture {
  private lines: { hour: string; time: Date; line: string }[] = [];
  private bytes = 0;
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly s3: S3,
    private readonly scope: Scope,
    private readonly config: CaptureConfig,
    private readonly endpoint: string,
    private readonly variant: string,
    private readonly log: (line: string) => void,
  ) {}

  add(invocation: CapturedInvocation): void {
    if (Math.random() * 100 >= this.config.InitialSamplingPercentage) return;
    const line = captureRecord(this.config, invocation);
    this.lines.push({ hour: invocation.time.toISOString().slice(0, 13), time: invocation.time, line });
    this.bytes += line.length;
    this.timer ??= setTimeout(() => this.flush(), FLUSH_MS).unref();
    if (this.bytes > FLUSH_BYTES) this.flush();
  }

  async end(): Promise<void> {
    this.flush();
    await this.writing;
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const hours = new Map<string, typeof this.lines>();
    for (const entry of this.lines) hours.set(entry.hour, [...(hours.get(entry.hour) ?? []), entry]);
    this.lines = [];
    this.bytes = 0;
    for (const entries of hours.values()) {
      const uri = captureKey(this.config, this.endpoint, this.variant, entries[0]!.time);
      const body = `${entries.map((entry) => entry.line).join('\n')}\n`;
      this.writing = this.writing
        .then(() => this.s3.put(this.scope, uri, body, this.config.KmsKeyId || undefined))
        .catch((error) =>
          this.log(`${entries.length} captured requests of ${this.endpoint} were lost: ${messageOf(error)}`),
        );
    }
  }
}
