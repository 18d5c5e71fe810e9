import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { Scope } from '../api/scope';
import { asRoot, type CredentialsFor } from '../iam/as-role';

export interface S3Location {
  readonly bucket: string;
  readonly key: string;
}

/** Input or output data in S3 that is not as the request says. */
export class S3DataError extends Error {}

/** S3 did not answer, or failed itself. */
export class S3ServiceError extends Error {}

/** Hosts that stand before the bucket or carry it: of AWS in any partition, and the sandbox's own endpoint. */
const URL_FORMS = [
  /^https?:\/\/(?:s3[.-][a-z0-9.-]*amazonaws\.com(?:\.cn)?|s3\.amazonaws\.com|127\.0\.0\.1:\d+)\/([^/]+)\/?(.*)$/,
  /^https:\/\/([^/]+)\.s3[.-][a-z0-9.-]*amazonaws\.com(?:\.cn)?\/?(.*)$/,
  /^(?:s3|https):\/\/([^/]+)\/?(.*)$/,
];

/** Takes `s3://bucket/key`, and what CDK's `S3Location.fromBucket` writes: S3's URL with the bucket in path or host. */
export function parseS3Uri(uri: string): S3Location {
  const match = URL_FORMS.map((form) => form.exec(uri)).find((found) => found !== null);
  if (!match) throw new S3DataError(`'${uri}' is not an S3 URI: write s3://bucket/key.`);
  return { bucket: match[1]!, key: match[2]! };
}

export const joinS3 = (base: string, ...parts: string[]) => [base.replace(/\/+$/, ''), ...parts].join('/');

const PARALLEL = 8;
const CONNECT_MS = 5_000;
/** A request on which nothing moves for so long has failed. */
const IDLE_MS = 120_000;

/** An object, and the path below a folder that it is to have there. */
export interface NamedObject extends S3Location {
  readonly name: string;
}

/** The sandbox's S3 as one account and region see it. */
export class S3 {
  private signal: AbortSignal | undefined;
  private clients = new Map<string, S3Client>();

  constructor(
    private readonly endpoint: string,
    private readonly credentials: CredentialsFor = asRoot,
  ) {}

  /** The same S3 by other credentials. */
  as(credentials: CredentialsFor): S3 {
    return new S3(this.endpoint, credentials);
  }

  /** The same S3, whose transfers end with an error when the signal fires. */
  until(signal: AbortSignal): S3 {
    const view = new S3(this.endpoint, this.credentials);
    view.clients = this.clients;
    view.signal = signal;
    return view;
  }

  async read(scope: Scope, location: S3Location): Promise<Buffer> {
    const body = await this.open(scope, location);
    const chunks: Buffer[] = [];
    for await (const chunk of body) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  }

  async exists(scope: Scope, { bucket, key }: S3Location): Promise<boolean> {
    try {
      await this.client(scope).send(new HeadObjectCommand({ Bucket: bucket, Key: key }), this.sending());
      return true;
    } catch (error) {
      if ((error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === 404) return false;
      throw error;
    }
  }

  /** Keys under a prefix, in S3's order. */
  async keys(scope: Scope, { bucket, key }: S3Location): Promise<string[]> {
    const keys: string[] = [];
    let token: string | undefined;
    do {
      const page: ListObjectsV2CommandOutput = await this.client(scope)
        .send(new ListObjectsV2Command({ Bucket: bucket, Prefix: key, ContinuationToken: token }), this.sending())
        .catch((cause) => {
          throw readError(`s3://${bucket}/${key}`, cause);
        });
      for (const object of page.Contents ?? []) if (object.Key && !object.Key.endsWith('/')) keys.push(object.Key);
      token = page.NextContinuationToken;
    } while (token);
    return keys;
  }

  async download(scope: Scope, location: S3Location, path: string): Promise<void> {
    await mkdir(dirname(path), { recursive: true });
    const { bucket, key } = location;
    await pipeline(await this.open(scope, location), createWriteStream(path), { signal: this.signal }).catch(
      (cause) => {
        // A disk that is full has a code, as all errors of the file system have.
        throw 'code' in cause && cause.syscall ? cause : readError(`s3://${bucket}/${key}`, cause);
      },
    );
  }

  /** The objects that a prefix covers, with the paths that they have below a folder. */
  async objects(scope: Scope, uri: string): Promise<NamedObject[]> {
    const prefix = parseS3Uri(uri);
    const keys = await this.keys(scope, prefix);
    // A prefix need not end at a folder: names are kept from its last slash on, and an exact key keeps its name.
    const base = prefix.key.endsWith('/') || keys.every((key) => key.startsWith(`${prefix.key}/`));
    const strip = base ? prefix.key.replace(/\/?$/, prefix.key ? '/' : '') : prefix.key.replace(/[^/]*$/, '');
    return keys.map((key) => ({ bucket: prefix.bucket, key, name: key.slice(strip.length) }));
  }

  /** Downloads objects to their paths below `dir`. */
  async downloadAll(scope: Scope, objects: NamedObject[], dir: string): Promise<void> {
    await mkdir(dir, { recursive: true });
    await inParallel(objects, (object) => this.download(scope, object, insideOf(dir, object.name)));
  }

  /** Downloads what a prefix covers, below `dir`, and returns how many objects that was. */
  async downloadPrefix(scope: Scope, uri: string, dir: string): Promise<number> {
    const objects = await this.objects(scope, uri);
    await this.downloadAll(scope, objects, dir);
    return objects.length;
  }

  async put(scope: Scope, uri: string, body: Buffer | string, kmsKeyId?: string): Promise<void> {
    const { bucket, key } = parseS3Uri(uri);
    await this.client(scope)
      .send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ...encryption(kmsKeyId) }), this.sending())
      .catch((cause) => {
        throw writeError(uri, cause);
      });
  }

  async upload(scope: Scope, path: string, uri: string, kmsKeyId?: string): Promise<void> {
    const { bucket, key } = parseS3Uri(uri);
    const { size } = await stat(path);
    await this.client(scope)
      .send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: key,
          // A stream without bytes counts as one of unknown length.
          Body: size > 0 ? createReadStream(path) : '',
          ContentLength: size,
          ...encryption(kmsKeyId),
        }),
        this.sending(),
      )
      .catch((cause) => {
        throw writeError(uri, cause);
      });
  }

  /** Uploads the files below a folder under a prefix and returns how many they were. */
  async uploadFolder(scope: Scope, dir: string, uri: string, kmsKeyId?: string): Promise<number> {
    const files = await filesIn(dir);
    await inParallel(files, (file) =>
      this.upload(scope, file, joinS3(uri, relative(dir, file).split(sep).join('/')), kmsKeyId),
    );
    return files.length;
  }

  close(): void {
    for (const client of this.clients.values()) client.destroy();
  }

  private async open(scope: Scope, { bucket, key }: S3Location): Promise<Readable> {
    try {
      const get = new GetObjectCommand({ Bucket: bucket, Key: key });
      const object = await this.client(scope).send(get, this.sending());
      return object.Body as Readable;
    } catch (cause) {
      throw readError(`s3://${bucket}/${key}`, cause);
    }
  }

  private sending() {
    return { abortSignal: this.signal };
  }

  private client(scope: Scope): S3Client {
    const id = `${scope.accountId}/${scope.region}`;
    let client = this.clients.get(id);
    if (!client) {
      client = new S3Client({
        endpoint: this.endpoint,
        region: scope.region,
        forcePathStyle: true,
        requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: IDLE_MS },
        credentials: () => this.credentials(scope),
        requestChecksumCalculation: 'WHEN_REQUIRED',
        responseChecksumValidation: 'WHEN_REQUIRED',
      });
      this.clients.set(id, client);
    }
    return client;
  }
}

const encryption = (kmsKeyId?: string) =>
  kmsKeyId ? { ServerSideEncryption: 'aws:kms' as const, SSEKMSKeyId: kmsKeyId } : {};

const readError = (uri: string, cause: unknown) => s3Error(`Data download failed: ${uri} cannot be read`, cause);
const writeError = (uri: string, cause: unknown) => s3Error(`Artifact upload failed: ${uri} cannot be written`, cause);

/** An answer of the kind 4xx is the request's fault; anything else, or no answer, is S3's. */
function s3Error(what: string, cause: unknown): Error {
  const { name, message, $metadata } = cause as Error & { $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode ?? 500;
  const text = `${what}: ${name}: ${message}`;
  return status >= 400 && status < 500 ? new S3DataError(text, { cause }) : new S3ServiceError(text, { cause });
}

/** The path below `dir`; keys that climb out of it are refused. */
export function insideOf(dir: string, path: string): string {
  const full = resolve(dir, path);
  if (full !== resolve(dir) && !full.startsWith(resolve(dir) + sep)) {
    throw new S3DataError(`The object key '${path}' leads out of its folder.`);
  }
  return full;
}

/** Files below a folder, recursively; none if it is missing. */
export async function filesIn(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Runs an action over the items, a few at a time; the first failure ends it. */
export async function inParallel<T>(items: T[], action: (item: T) => Promise<unknown>, parallel = PARALLEL) {
  const queue = [...items];
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await action(item);
  };
  await Promise.all(Array.from({ length: Math.min(parallel, items.length) }, worker));
}
