import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import { sourceKey } from '../../../lib/artifacts/contract';
import type { RunRequest } from '../../../lib/registry/contract';
import { putOnce } from '../data/put';
import { gitState } from './git';
import { type PackedSource, packSource } from './pack';

export interface UploadedSource {
  readonly source: NonNullable<RunRequest['source']>;
  readonly packed: PackedSource;
  /** False where the same source was there already. */
  readonly stored: boolean;
}

/** Runs `work` with the packed source, which is gone afterwards. */
export async function withPackedSource<T>(folder: string, work: (packed: PackedSource) => Promise<T>): Promise<T> {
  const scratch = await mkdtemp(join(tmpdir(), 'mlops-source-'));
  try {
    return await work(await packSource(folder, join(scratch, 'sourcedir.tar.gz')));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Uploads a source folder under its digest, with the commit that it is at. */
export function uploadSource(s3: S3Client, bucket: string, folder: string): Promise<UploadedSource> {
  return withPackedSource(folder, async (packed) => {
    const { path, size, sha256 } = packed;
    const key = sourceKey(sha256);
    const stored = await putOnce(s3, { bucket, key, path, size, sha256, contentType: 'application/gzip' });
    return { source: { key, sha256, ...(await gitState(folder)) }, packed, stored };
  });
}
