import { createHash } from 'node:crypto';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Actor } from '../../lib/registry/contract';
import { applySandboxEnv } from '../../sandbox/src';
import { clientConfig } from '../support/sandbox';

const BUCKET = 'uploads-artifacts';
const TABLE = 'uploads-registry';
const ADA: Actor = { id: 'arn:aws:iam::000000000000:user/ada', kind: 'person' };
const CSV = 'id,amount,default\n1,10,0\n2,20,1\n';

const config = clientConfig(inject('sandbox'));
const s3 = new S3Client({ ...config, forcePathStyle: true });

const key = (name: string) => [
  { AttributeName: `${name}PK`, KeyType: 'HASH' as const },
  { AttributeName: `${name}SK`, KeyType: 'RANGE' as const },
];

async function createTable(): Promise<void> {
  const indexes = ['GSI1', 'GSI2'];
  await new DynamoDBClient(config).send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: key(''),
      AttributeDefinitions: ['', ...indexes].flatMap((index) =>
        key(index).map(({ AttributeName }) => ({ AttributeName, AttributeType: 'S' as const })),
      ),
      GlobalSecondaryIndexes: indexes.map((IndexName) => ({
        IndexName,
        KeySchema: key(IndexName),
        Projection: { ProjectionType: 'ALL' },
      })),
    }),
  );
}

/** Imported when the sandbox's endpoint is in the environment: the handlers' clients read it when they load. */
const registry = async () => (await import('../../lambdas/registry/store')).RegistryStore.fromEnvironment();
const handle = async (dataset: string, uploadId: string) =>
  (await import('../../lambdas/data/make-version.lambda')).handler({ dataset, uploadId });

/** Pushes one file as the command does, and says afterwards what it should have been. */
async function push(dataset: string, text: string, announced = text): Promise<string> {
  const store = await registry();
  const { uploadId, prefix } = await store.openUpload({ dataset, bucket: BUCKET }, ADA);
  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: `${prefix}a.csv`, Body: text, IfNoneMatch: '*' }));
  const sha256 = createHash('sha256').update(announced).digest('hex');
  await store.completeUpload(dataset, uploadId, [{ name: 'a.csv', size: announced.length, sha256 }], ADA);
  return uploadId;
}

/** A marker of completion in a folder with one file; asks for its version as EventBridge does. */
async function land(dataset: string, sequencer: string): Promise<string> {
  const folder = `data/${dataset}/incoming/may/`;
  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: `${folder}part-0.csv`, Body: CSV }));
  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: `${folder}_SUCCESS`, Body: '' }));
  const { handler } = await import('../../lambdas/data/register-landing.lambda');
  const { uploadId } = await handler({
    bucket: BUCKET,
    key: `${folder}_SUCCESS`,
    sequencer,
    requester: '123456789012',
  });
  return uploadId;
}

beforeAll(async () => {
  applySandboxEnv(inject('sandbox'));
  Object.assign(process.env, { REGISTRY_TABLE: TABLE, AWS_LAMBDA_FUNCTION_NAME: 'make-version' });
  await createTable();
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  const VersioningConfiguration = { Status: 'Enabled' as const };
  await s3.send(new PutBucketVersioningCommand({ Bucket: BUCKET, VersioningConfiguration }));
});

describe('a completed upload', () => {
  it('becomes one version, however often and at once its event comes', async () => {
    const uploadId = await push('often', CSV);
    const first = await Promise.all([handle('often', uploadId), handle('often', uploadId), handle('often', uploadId)]);
    for (const outcome of [...first, await handle('often', uploadId)]) {
      expect(outcome).toEqual({ status: 'READY', version: 1, deduplicated: false });
    }
    expect((await (await registry()).listDatasetVersions('often')).items).toHaveLength(1);
  });

  it('is a version of its own beside another pushed at the same time, and numbers do not skip', async () => {
    const uploads = await Promise.all([push('both', CSV), push('both', CSV.replace('10', '30'))]);
    const outcomes = await Promise.all(uploads.map((uploadId) => handle('both', uploadId)));
    expect(outcomes.map((outcome) => 'version' in outcome && outcome.version).sort()).toEqual([1, 2]);
  });

  it('shares the version of the same content pushed at the same time', async () => {
    const uploads = await Promise.all([push('same', CSV), push('same', CSV)]);
    const outcomes = await Promise.all(uploads.map((uploadId) => handle('same', uploadId)));
    expect(outcomes).toEqual(
      expect.arrayContaining([
        { status: 'READY', version: 1, deduplicated: false },
        { status: 'READY', version: 1, deduplicated: true },
      ]),
    );
  });

  it('is rejected, and stays so, where its content is not what was announced', async () => {
    const uploadId = await push('wrong', CSV, CSV.replace('10', '11'));
    const outcome = await handle('wrong', uploadId);
    expect(outcome).toMatchObject({ status: 'REJECTED', reason: expect.stringContaining("'a.csv' has the SHA-256") });
    expect(await handle('wrong', uploadId)).toEqual(outcome);
    const store = await registry();
    expect(await store.getUpload('wrong', uploadId)).toMatchObject(outcome);
    expect(await store.getDatasetVersion('wrong', 'latest')).toBeUndefined();
  });
});

describe('a folder that another program has finished', () => {
  it('is registered once, however often and at once its event comes, and becomes a version without the marker', async () => {
    const uploads = await Promise.all([land('landed', 'A1'), land('landed', 'A1'), land('landed', 'A1')]);
    expect(new Set(uploads).size).toBe(1);
    expect(await handle('landed', uploads[0]!)).toEqual({ status: 'READY', version: 1, deduplicated: false });
    const { objects, createdBy } = (await (await registry()).getDatasetVersion('landed', 1))!;
    expect(objects.map(({ name }) => name)).toEqual(['part-0.csv']);
    expect(createdBy).toMatchObject({ kind: 'service', onBehalfOf: '123456789012' });
  });

  it('that was finished again with the same content is the version that it was', async () => {
    const [first, again] = [await land('relanded', 'A1'), await land('relanded', 'A2')];
    expect(again).not.toBe(first);
    expect(await handle('relanded', first)).toMatchObject({ version: 1, deduplicated: false });
    expect(await handle('relanded', again)).toMatchObject({ version: 1, deduplicated: true });
  });

  it('is refused where its name can be no dataset, and nothing is registered', async () => {
    await expect(land('Not A Name', 'A1')).rejects.toThrow("The dataset's name 'Not A Name'");
    await expect(land('x/y', 'A1')).rejects.toThrow('data/<dataset>/incoming');
  });
});
