import { PutObjectCommand } from '@aws-sdk/client-s3';
import { isNamed } from '../shared/errors';
import { headObject, readObject, s3 } from '../shared/s3.client';
import { RunFailed } from './errors';
import type { PlanObjects } from './plan-objects';

export const planObjects: PlanObjects = {
  head: headObject,
  async readAll(bucket, key, atMost) {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of await readObject(bucket, key)) {
      size += chunk.length;
      if (size > atMost) throw new RunFailed(`s3://${bucket}/${key} is larger than the ${atMost} bytes allowed here.`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  },
  async putOnce(bucket, key, body) {
    try {
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, IfNoneMatch: '*' }));
    } catch (error) {
      // There already, or being written at this moment by somebody with the same content.
      if (!isNamed(error, 'PreconditionFailed', 'ConditionalRequestConflict')) throw error;
    }
  },
  async put(bucket, key, body) {
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
  },
};
