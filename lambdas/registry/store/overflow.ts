import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { MLFLOW_PREFIX } from '../../../lib/mlflow/contract';
import { s3 } from '../../shared/s3.client';
import type { Overflow } from './documents';

/** Where documents lie that are too long for the table. */
export const overflowIn = (bucket: string): Overflow => {
  const at = (name: string) => ({ Bucket: bucket, Key: `${MLFLOW_PREFIX.documents}${name}` });
  return {
    put: async (name, text) => {
      await s3.send(new PutObjectCommand({ ...at(name), Body: text, ContentType: 'application/json' }));
    },
    get: async (name) => {
      const { Body } = await s3.send(new GetObjectCommand(at(name)));
      return Body!.transformToString();
    },
  };
};
