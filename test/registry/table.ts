import { randomUUID } from 'node:crypto';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { RegistryStore } from '../../lambdas/registry/store';
import { ApiStore } from '../../lambdas/registry/store/api-store';
import type { ModelVersionInput } from '../../lambdas/registry/store/types';
import type { Actor } from '../../lib/registry/contract';
import { clientConfig, type TestSandbox } from '../support/sandbox';
import { granted, refuseUngranted } from './granted-store';

export const ADA: Actor = { id: 'arn:aws:iam::000000000000:user/ada', kind: 'person' };
export const BOB: Actor = { id: 'arn:aws:iam::000000000000:user/bob', kind: 'person' };
export const DIGEST = 'a'.repeat(64);

const keyOf = (name: string) => [
  { AttributeName: `${name}PK`, KeyType: 'HASH' as const },
  { AttributeName: `${name}SK`, KeyType: 'RANGE' as const },
];

/** A clock that tests move. */
export class Clock {
  constructor(private at = Date.parse('2026-01-01T00:00:00.000Z')) {}
  readonly now = (): Date => new Date(this.at);
  forward(ms: number): void {
    this.at += ms;
  }
}

/** A table of the registry's form, with nothing in it, and stores on it. */
export const newRegistry = async (sandbox: TestSandbox) => {
  const tableName = `registry-${randomUUID()}`;
  const dynamodb = new DynamoDBClient(clientConfig(sandbox));
  const indexes = ['GSI1', 'GSI2'];
  await dynamodb.send(
    new CreateTableCommand({
      TableName: tableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: keyOf(''),
      AttributeDefinitions: ['', ...indexes]
        .flatMap(keyOf)
        .map(({ AttributeName }) => ({ AttributeName, AttributeType: 'S' as const })),
      GlobalSecondaryIndexes: indexes.map((IndexName) => ({
        IndexName,
        KeySchema: keyOf(IndexName),
        Projection: { ProjectionType: 'ALL' },
      })),
    }),
  );
  const client = DynamoDBDocumentClient.from(dynamodb);
  refuseUngranted(client);
  const open = (now?: () => Date) => granted(new ApiStore({ tableName, client, now }));
  return { tableName, client, open };
};

export const MODEL = {
  model: 'credit',
  owner: 'lending',
  purpose: 'Predicts default',
  riskTier: 'HIGH',
  dataset: 'loans',
} as const;

export const versionInput = (overrides: Partial<ModelVersionInput> = {}): ModelVersionInput => ({
  model: 'credit',
  archive: { uri: `s3://bucket/models/sha256/${DIGEST}/model.tar.gz`, sha256: DIGEST, size: 10 },
  image: `registry/image@sha256:${DIGEST}`,
  environment: {},
  metrics: { roc_auc: 0.91, tiny: 1e-300 },
  evidence: [],
  contentType: 'text/csv',
  ...overrides,
});

/** Every change so far, oldest first. */
export const changesOf = async (store: RegistryStore, now = new Date('2100-01-01')) =>
  (await store.pendingChanges(now, 200)).map(({ type, detail }) => ({ type, ...detail }));
