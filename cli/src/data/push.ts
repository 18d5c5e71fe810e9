import { setTimeout as sleep } from 'node:timers/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import type { UploadRecord } from '../../../lib/registry/contract';
import { CommandError } from '../errors';
import { EXIT } from '../exit-codes';
import type { RegistryClient } from '../registry/client';
import type { LocalFile } from './files';
import { putOnce } from './put';

export interface PushOptions {
  readonly registry: RegistryClient;
  readonly s3: S3Client;
  readonly dataset: string;
  readonly files: readonly LocalFile[];
  readonly message?: string;
  readonly pollMs: number;
  /** Milliseconds until the version must be made. */
  readonly timeoutMs: number;
  readonly onUploaded?: (file: LocalFile, done: number) => void;
}

const PARALLEL = 4;

/** Uploads files and waits until the platform has made a dataset version of them, or has found that it has one. */
export async function pushData(options: PushOptions): Promise<UploadRecord> {
  const { registry, dataset, files, message } = options;
  const upload = await registry.openUpload(dataset, message);
  await putAll(options, upload);
  await registry.completeUpload(
    dataset,
    upload.uploadId,
    files.map(({ name, size, sha256 }) => ({ name, size, sha256 })),
  );
  return settled(options, upload.uploadId);
}

async function putAll({ s3, files, onUploaded }: PushOptions, { bucket, prefix }: UploadRecord): Promise<void> {
  const waiting = [...files];
  let done = 0;
  const worker = async () => {
    for (let file = waiting.shift(); file; file = waiting.shift()) {
      await putOnce(s3, {
        bucket,
        key: `${prefix}${file.name}`,
        path: file.path,
        size: file.size,
        sha256: file.sha256,
      });
      done++;
      onUploaded?.(file, done);
    }
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL, files.length) }, worker));
}

/** Waits until an upload is decided. @throws CommandError where it is rejected, or not decided in time. */
export async function settled(
  options: Pick<PushOptions, 'registry' | 'dataset' | 'pollMs' | 'timeoutMs'>,
  uploadId: string,
): Promise<UploadRecord> {
  const { registry, dataset, pollMs, timeoutMs } = options;
  const until = Date.now() + timeoutMs;
  for (;;) {
    const upload = await registry.upload(dataset, uploadId);
    if (upload.status === 'READY') return upload;
    if (upload.status === 'REJECTED') {
      throw new CommandError(`The upload was rejected: ${upload.reason ?? 'no reason was recorded'}`, {
        exitCode: EXIT.rejected,
        hint: 'No version was made. Correct the files and push them again.',
      });
    }
    if (Date.now() >= until) {
      throw new CommandError(`Upload ${uploadId} became no version within ${Math.round(timeoutMs / 1000)} s.`, {
        exitCode: EXIT.timeout,
        hint: `The files are uploaded, and the version may still come: see mlops data ls ${dataset}`,
      });
    }
    await sleep(pollMs);
  }
}
