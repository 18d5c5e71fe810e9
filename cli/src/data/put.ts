import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { CommandError } from '../errors';
import { EXIT } from '../exit-codes';

export interface PutOptions {
  readonly bucket: string;
  readonly key: string;
  readonly path: string;
  readonly size: number;
  /** Hexadecimal SHA-256, which S3 checks against what arrives. */
  readonly sha256: string;
  readonly contentType?: string;
}

/** From this size on an object is sent in parts; a smaller one from memory, so that the SDK can send it again. */
const MULTIPART_BYTES = 16 * 1024 * 1024;

/**
 * Puts a file where nothing is yet. An object that is there already with the same content counts as put, so that a
 * repeated or retried upload succeeds.
 * @returns whether bytes were stored.
 * @throws CommandError where other content is there already.
 */
export async function putOnce(s3: S3Client, options: PutOptions): Promise<boolean> {
  try {
    if (options.size < MULTIPART_BYTES) await putWhole(s3, options);
    else await putParts(s3, options);
    return true;
  } catch (error) {
    if (!isTaken(error)) throw error;
    if (await holdsSame(s3, options)) return false;
    throw new CommandError(`s3://${options.bucket}/${options.key} exists already with other content.`, {
      exitCode: EXIT.conflict,
      hint: 'Nothing was overwritten. Run the command again: it uploads to a new place.',
    });
  }
}

async function putWhole(s3: S3Client, { bucket, key, path, sha256, contentType }: PutOptions): Promise<void> {
  const body = await readFile(path);
  await s3.send(
    new PutObjectCommand({
      Bucket: bucket,
      Key: key,
      Body: body,
      ChecksumSHA256: Buffer.from(sha256, 'hex').toString('base64'),
      IfNoneMatch: '*',
      ...(contentType ? { ContentType: contentType } : {}),
    }),
  );
}

function putParts(s3: S3Client, { bucket, key, path, contentType }: PutOptions): Promise<unknown> {
  const upload = new Upload({
    client: s3,
    partSize: MULTIPART_BYTES,
    params: {
      Bucket: bucket,
      Key: key,
      Body: createReadStream(path),
      ChecksumAlgorithm: 'SHA256',
      IfNoneMatch: '*',
      ...(contentType ? { ContentType: contentType } : {}),
    },
  });
  return upload.done();
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && ['PreconditionFailed', 'ConditionalRequestConflict'].includes(error.name);
}

async function holdsSame(s3: S3Client, { bucket, key, size, sha256 }: PutOptions): Promise<boolean> {
  const head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: 'ENABLED' }));
  const expected = Buffer.from(sha256, 'hex').toString('base64');
  // A multipart object has a checksum of its parts' checksums; the registry verifies the whole bytes afterwards.
  const known = head.ChecksumSHA256;
  return head.ContentLength === size && (known === undefined || known.includes('-') || known === expected);
}
