import { createHash } from 'node:crypto';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { ValidateDataInput, ValidateDataOutput } from '../../lib/data/contract';
import { applySandboxEnv } from '../../sandbox/src';
import { clientConfig } from '../support/sandbox';

const BUCKET = 'data-handlers-artifacts';
const EVIDENCE = 'data-handlers-evidence';
const PREFIX = 'data/loans/uploads/u1/';
const CSV = 'id,amount,default\n1,10,0\n2,20,1\n';

const sha = (text: string) => createHash('sha256').update(text).digest('hex');

const s3 = new S3Client({ ...clientConfig(inject('sandbox')), forcePathStyle: true });

async function upload(name: string, text: string) {
  const key = `${PREFIX}${name}`;
  const { VersionId } = await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: text }));
  return { name, key, versionId: VersionId!, sha256: sha(text) };
}

beforeAll(async () => {
  applySandboxEnv(inject('sandbox'));
  process.env.EVIDENCE_BUCKET = EVIDENCE;
  for (const Bucket of [BUCKET, EVIDENCE]) {
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  }
});

describe('the validation handler', () => {
  const validate = async (runId: string, objects: ValidateDataInput['objects']): Promise<ValidateDataOutput> => {
    const { handler } = await import('../../lambdas/data/validate-data.lambda');
    return handler({ runId, model: 'loans', bucket: BUCKET, objects, schema: { label: 'default', problem: 'binary' } });
  };
  const reportOf = async (runId: string): Promise<string> => {
    const Key = `runs/loans/${runId}/data-report.json`;
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: EVIDENCE, Key }));
    return Body!.transformToString();
  };

  it('judges the version that was recorded, whatever lies there now', async () => {
    const object = await upload('recorded.csv', CSV);
    await upload('recorded.csv', 'something,else\n');
    const output = await validate('run-1', [object]);
    expect(output).toMatchObject({ passed: true, rows: 2, columns: ['id', 'amount', 'default'] });
    expect(sha(await reportOf('run-1'))).toBe(output.reportSha256);
  });

  it('rejects a run whose object was deleted since, and keeps why', async () => {
    const object = await upload('deleted.csv', CSV);
    await s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: object.key, VersionId: object.versionId }));
    const output = await validate('run-2', [object]);
    expect(output).toMatchObject({ passed: false, reason: expect.stringMatching(/^deleted\.csv: .* is gone/) });
    expect(await reportOf('run-2')).toContain('is gone');
  });

  it('names everything that is wrong with its input', async () => {
    await expect(validate('', [])).rejects.toMatchObject({
      name: 'InvalidInput',
      message: expect.stringContaining('runId'),
    });
  });
});

describe('reading an upload', () => {
  const check = async (files: { name: string; size: number; sha256: string }[]) => {
    const { checkFiles } = await import('../../lambdas/data/check-files');
    const { headObject, readObject } = await import('../../lambdas/shared/s3.client');
    return checkFiles({ bucket: BUCKET, prefix: PREFIX }, files, { head: headObject, read: readObject });
  };

  it('finds each file by version', async () => {
    const { versionId, sha256 } = await upload('whole.csv', CSV);
    const checked = await check([{ name: 'whole.csv', size: CSV.length, sha256 }]);
    expect(checked).toMatchObject({ objects: [{ name: 'whole.csv', versionId, size: CSV.length, sha256 }] });
  });

  it('names files that are missing or differ', async () => {
    await upload('other.csv', CSV.replace('10', '11'));
    const size = CSV.length;
    const checked = await check([
      { name: 'absent.csv', size, sha256: sha(CSV) },
      { name: 'other.csv', size, sha256: sha(CSV) },
    ]);
    expect(checked).toMatchObject({
      reason: expect.stringMatching(/'absent\.csv' is missing.*'other\.csv' has the SHA-256/),
    });
  });
});

it('a key that is written once refuses a second conditional write', async () => {
  const put = () =>
    s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'models/sha256/x/model.tar.gz', Body: 'x', IfNoneMatch: '*' }));
  await put();
  await expect(put()).rejects.toMatchObject({ name: 'PreconditionFailed' });
});
