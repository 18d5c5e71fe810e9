import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { isNamed } from '../shared/errors';
import { headObject, readObject, s3 } from '../shared/s3.client';
import type { SealedFrom, SealObjects } from './seal-model';

/** S3 copies up to 5 GB at once, and larger objects in parts. */
const ONE_COPY = 5 * 1024 ** 3;
const PART = 1024 ** 3;

const sourceOf = ({ bucket, key, versionId }: SealedFrom): string => {
  const path = `${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;
  return versionId ? `${path}?versionId=${encodeURIComponent(versionId)}` : path;
};

const copyInParts = async (from: SealedFrom, Bucket: string, Key: string): Promise<void> => {
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  try {
    const Parts: CompletedPart[] = [];
    for (let start = 0; start < from.size; start += PART) {
      const PartNumber = Parts.length + 1;
      const CopySourceRange = `bytes=${start}-${Math.min(start + PART, from.size) - 1}`;
      const CopySource = sourceOf(from);
      const part = new UploadPartCopyCommand({ Bucket, Key, UploadId, PartNumber, CopySource, CopySourceRange });
      const { CopyPartResult } = await s3.send(part);
      Parts.push({ PartNumber, ETag: CopyPartResult?.ETag });
    }
    const MultipartUpload = { Parts };
    await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload, IfNoneMatch: '*' }));
  } catch (error) {
    await s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
    throw error;
  }
};

export const sealObjects: SealObjects = {
  head: headObject,
  read: readObject,
  async copyOnce(from, bucket, key) {
    if (await headObject(bucket, key)) return;
    try {
      if (from.size > ONE_COPY) return await copyInParts(from, bucket, key);
      const copy = { Bucket: bucket, Key: key, CopySource: sourceOf(from), IfNoneMatch: '*' };
      await s3.send(new CopyObjectCommand(copy));
    } catch (error) {
      // Sealed at this moment by another run with the same bytes; what lies there is read back in any case.
      if (!isNamed(error, 'PreconditionFailed', 'ConditionalRequestConflict')) throw error;
    }
  },
};
