import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { DataSource, RandomAccess } from '../../../core/profile';
import type { DatasetVersionRecord } from '../../../lib/registry/contract';

type StoredObject = DatasetVersionRecord['objects'][number];

/** The files of a dataset version as sources of a profile: each by its S3 version, streamed when it is read. */
export const sourcesOfVersion = (s3: S3Client, { bucket, objects }: DatasetVersionRecord): DataSource[] =>
  objects.map((object) => ({
    key: object.name,
    size: object.size,
    open: () => stream(s3, bucket, object),
    random: () => randomAccess(s3, bucket, object),
  }));

const get = (s3: S3Client, Bucket: string, { key, versionId }: StoredObject, Range?: string) =>
  s3.send(new GetObjectCommand({ Bucket, Key: key, VersionId: versionId, Range }));

async function* stream(s3: S3Client, bucket: string, object: StoredObject): AsyncGenerator<Uint8Array> {
  const { Body } = await get(s3, bucket, object);
  yield* Body as unknown as AsyncIterable<Uint8Array>;
}

const randomAccess = (s3: S3Client, bucket: string, object: StoredObject): RandomAccess => ({
  byteLength: object.size,
  async slice(start, end = object.size) {
    const { Body } = await get(s3, bucket, object, `bytes=${start}-${end - 1}`);
    const bytes = await Body!.transformToByteArray();
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  },
});
