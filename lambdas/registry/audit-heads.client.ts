import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { Signer } from '../../core/attestation';
import { type Head, headKey, keptHead } from '../../core/audit';
import { isNamed } from '../shared/errors';
import { s3 } from '../shared/s3.client';

/** Keeps heads in the evidence bucket: the first one of an entry stays. */
export const headsIn =
  (bucket: string, signer?: Signer) =>
  async (head: Head): Promise<void> => {
    const Body = await keptHead(head, signer);
    try {
      await s3.send(
        new PutObjectCommand({
          ...{ Bucket: bucket, Key: headKey(head), Body, ContentType: 'application/json' },
          IfNoneMatch: '*',
        }),
      );
    } catch (error) {
      if (!isNamed(error, 'PreconditionFailed')) throw error;
    }
  };
