import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { MLFLOW_PREFIX } from '../../lib/mlflow/contract';
import { overflowIn } from '../registry/store/overflow';
import { headObject, s3 } from '../shared/s3.client';
import type { ArtifactBucket } from './artifact-bucket';

/** Seconds for which a URL is good; a function's own credentials last longer. */
const URL_SECONDS = 900;

/** The bucket as MLflow's artefacts and long documents see it. */
export const artifactBucket = (bucket: string): ArtifactBucket => {
  const at = (path: string) => ({ Bucket: bucket, Key: `${MLFLOW_PREFIX.artifacts}${path}` });
  const whileGood = { expiresIn: URL_SECONDS };
  return {
    uploadUrl: (path) => getSignedUrl(s3, new PutObjectCommand(at(path)), whileGood),
    downloadUrl: (path) => getSignedUrl(s3, new GetObjectCommand(at(path)), whileGood),
    sizeOf: async (path) => (await headObject(bucket, at(path).Key))?.size,
    list: async (path) => {
      const prefix = `${MLFLOW_PREFIX.artifacts}${path === '' ? '' : `${path}/`}`;
      const files: { path: string; is_dir: boolean; file_size?: number }[] = [];
      let token: string | undefined;
      do {
        const page = await s3.send(
          new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, Delimiter: '/', ContinuationToken: token }),
        );
        for (const { Prefix } of page.CommonPrefixes ?? [])
          files.push({ path: Prefix!.slice(prefix.length, -1), is_dir: true });
        for (const { Key, Size } of page.Contents ?? []) {
          if (Key !== prefix) files.push({ path: Key!.slice(prefix.length), is_dir: false, file_size: Size ?? 0 });
        }
        token = page.NextContinuationToken;
      } while (token !== undefined);
      return files.sort((a, b) => (a.path < b.path ? -1 : 1));
    },
    beginUpload: async (path, parts) => {
      const { UploadId } = await s3.send(new CreateMultipartUploadCommand(at(path)));
      const numbers = Array.from({ length: parts }, (_, i) => i + 1);
      const urlOf = (PartNumber: number) =>
        getSignedUrl(s3, new UploadPartCommand({ ...at(path), UploadId, PartNumber }), whileGood);
      return { uploadId: UploadId!, urls: await Promise.all(numbers.map(urlOf)) };
    },
    completeUpload: async (path, UploadId, parts) => {
      const Parts = parts.map(({ part_number, etag }) => ({ PartNumber: part_number, ETag: etag }));
      await s3.send(new CompleteMultipartUploadCommand({ ...at(path), UploadId, MultipartUpload: { Parts } }));
    },
    abortUpload: async (path, UploadId) => {
      await s3.send(new AbortMultipartUploadCommand({ ...at(path), UploadId }));
    },
    ...overflowIn(bucket),
  };
};
