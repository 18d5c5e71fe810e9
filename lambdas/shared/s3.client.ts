import {
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import { InvalidInput, isNamed, NotFound } from './errors';

/** Path style only where an endpoint is given by URL: host names of buckets resolve on AWS alone. */
export const s3 = new S3Client({ forcePathStyle: process.env.AWS_ENDPOINT_URL !== undefined });

/** Splits `s3://bucket/key`. */
export const parseS3Uri = (uri: string): { bucket: string; key: string } => {
  const match = /^s3:\/\/([^/]+)\/(.*)$/.exec(uri);
  if (!match) throw new InvalidInput(`Expected an S3 URI like s3://bucket/key, received '${uri}'.`);
  return { bucket: match[1]!, key: match[2]! };
};

/** The object as a stream of bytes; NotFound, naming bucket and key, when it is gone. */
export const readObject = async (
  bucket: string,
  key: string,
  versionId?: string,
): Promise<AsyncIterable<Uint8Array>> => {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId }));
    return Body as unknown as AsyncIterable<Uint8Array>;
  } catch (cause) {
    if (!isNamed(cause, 'NoSuchKey', 'NotFound', 'NoSuchVersion')) throw cause;
    throw new NotFound(`s3://${bucket}/${key} is gone; it may have been deleted after it was recorded.`, { cause });
  }
};

/** Size, version and metadata of an object, or undefined where there is none. */
export const headObject = async (bucket: string, key: string) => {
  try {
    const head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    return { size: head.ContentLength ?? 0, versionId: head.VersionId, etag: head.ETag };
  } catch (cause) {
    if (isNamed(cause, 'NoSuchKey', 'NotFound')) return undefined;
    throw cause;
  }
};

/** Keys below a prefix, sorted. */
export const listKeys = async (bucket: string, prefix: string): Promise<string[]> => {
  const keys: string[] = [];
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: prefix })) {
    keys.push(...Contents.map(({ Key }) => Key!));
  }
  return keys.sort();
};

/** Writes JSON; the bucket keeps earlier versions. */
export const putJson = (bucket: string, key: string, value: unknown): Promise<{ uri: string; body: string }> =>
  putJsonText(bucket, key, `${JSON.stringify(value, null, 2)}\n`);

/** Writes JSON that is text already, byte for byte. */
export const putJsonText = async (
  bucket: string,
  key: string,
  body: string,
): Promise<{ uri: string; body: string }> => {
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: 'application/json' }));
  return { uri: `s3://${bucket}/${key}`, body };
};
