import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { messageOf } from '../api/errors';
import type { Scope } from '../api/scope';
import { asRoot, type CredentialsFor } from '../iam/as-role';

const FLUSH_MS = 400;
/** CloudWatch Logs takes at most 10,000 events and 1 MiB a call. */
const BATCH_EVENTS = 5_000;
const BATCH_BYTES = 900_000;
/** So many characters may wait to be written; beyond, who writes has to wait. */
const WAITING_CHARS = 4_000_000;

/** Where a process's lines go. Never fails: a job does not end because its log cannot be written. */
export interface LogStream {
  readonly group: string;
  readonly name: string;
  line(text: string): void;
  /** Settles when there is room for more lines; undefined where there is. */
  ready(): Promise<void> | undefined;
  /** Writes what is left and ends the stream. */
  end(): Promise<void>;
}

export class Logs {
  private readonly clients = new Map<string, CloudWatchLogsClient>();

  constructor(
    private readonly endpoint: string,
    private readonly log: (line: string) => void,
    private readonly credentials: CredentialsFor = asRoot,
  ) {}

  /** The same logs by other credentials. */
  as(credentials: CredentialsFor): Logs {
    return new Logs(this.endpoint, this.log, credentials);
  }

  stream(scope: Scope, group: string, name: string): LogStream {
    return new BufferedStream(this.client(scope), group, name, this.log);
  }

  close(): void {
    for (const client of this.clients.values()) client.destroy();
  }

  private client(scope: Scope): CloudWatchLogsClient {
    const id = `${scope.accountId}/${scope.region}`;
    let client = this.clients.get(id);
    if (!client) {
      client = new CloudWatchLogsClient({
        endpoint: this.endpoint,
        region: scope.region,
        credentials: () => this.credentials(scope),
        maxAttempts: 2,
      });
      this.clients.set(id, client);
    }
    return client;
  }
}

class BufferedStream implements LogStream {
  private buffer: { timestamp: number; message: string }[] = [];
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();
  private created = false;
  private complained = false;
  private last = 0;
  /** Characters that wait, or are being written. */
  private waiting = 0;

  constructor(
    private readonly client: CloudWatchLogsClient,
    readonly group: string,
    readonly name: string,
    private readonly log: (line: string) => void,
  ) {}

  line(text: string): void {
    // Lines of one stream never go back in time, even when the clock does.
    this.last = Math.max(this.last, Date.now());
    this.waiting += text.length;
    // CloudWatch Logs refuses empty messages.
    this.buffer.push({ timestamp: this.last, message: text || ' ' });
    if (this.buffer.length >= BATCH_EVENTS) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), FLUSH_MS).unref();
  }

  ready(): Promise<void> | undefined {
    if (this.waiting <= WAITING_CHARS) return undefined;
    this.flush();
    return this.writing;
  }

  async end(): Promise<void> {
    this.flush();
    await this.writing;
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.buffer.length === 0) return;
    const events = this.buffer;
    this.buffer = [];
    this.writing = this.writing
      .then(() => this.write(events))
      .catch((error) => this.complain(error))
      .finally(() => {
        this.waiting -= events.reduce((sum, { message }) => sum + message.length, 0);
      });
  }

  private async write(events: { timestamp: number; message: string }[]): Promise<void> {
    const stream = { logGroupName: this.group, logStreamName: this.name };
    if (!this.created) {
      await ignoreExisting(this.client.send(new CreateLogGroupCommand({ logGroupName: this.group })));
      await ignoreExisting(this.client.send(new CreateLogStreamCommand(stream)));
      this.created = true;
    }
    for (const logEvents of batches(events)) await this.client.send(new PutLogEventsCommand({ ...stream, logEvents }));
  }

  private complain(error: unknown): void {
    if (this.complained) return;
    this.complained = true;
    this.log(`Lines of ${this.group} ${this.name} could not be written to CloudWatch Logs: ${messageOf(error)}`);
  }
}

async function ignoreExisting(creation: Promise<unknown>): Promise<void> {
  await creation.catch((error: Error) => {
    if (error.name !== 'ResourceAlreadyExistsException') throw error;
  });
}

function* batches(events: { timestamp: number; message: string }[]) {
  let batch: typeof events = [];
  let bytes = 0;
  for (const event of events) {
    const size = Buffer.byteLength(event.message) + 26;
    if (batch.length >= BATCH_EVENTS || (batch.length > 0 && bytes + size > BATCH_BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(event);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
