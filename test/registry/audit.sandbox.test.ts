import { randomUUID } from 'node:crypto';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, inject, it } from 'vitest';
import { chainOf, entryOf, GENESIS, type Head, verifyChain } from '../../core/audit';
import { type Auditing, appendAudit, sweepAudits } from '../../lambdas/registry/append-audit';
import { AuditTable } from '../../lambdas/registry/audit-table';
import type { ApiStore } from '../../lambdas/registry/store/api-store';
import { clientConfig } from '../support/sandbox';
import { ADA, Clock, MODEL, newRegistry, versionInput } from './table';

const CREDIT = chainOf('model', 'credit');
const ROLE = { id: 'arn:aws:sts::111122223333:assumed-role/Scientists/whoever', kind: 'person' } as const;

let registry: Awaited<ReturnType<typeof newRegistry>>;
let store: ApiStore;
let table: AuditTable;
let heads: Map<number, Head>;
let auditing: Auditing;
beforeEach(async () => {
  registry = await newRegistry(inject('sandbox'));
  store = registry.open(new Clock().now);
  table = await newAudit();
  heads = new Map();
  auditing = {
    registry: store,
    table,
    keepHead: async (head) => void (heads.has(head.sequence) || heads.set(head.sequence, head)),
  };
  await store.registerModel(MODEL, ADA);
  await store.registerVersion(versionInput(), ROLE);
  await store.setAlias('credit', 'challenger', 1, null, ADA);
});

async function newAudit(): Promise<AuditTable> {
  const client = new DynamoDBClient(clientConfig(inject('sandbox')));
  const TableName = `audit-${randomUUID()}`;
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'chain', KeyType: 'HASH' },
        { AttributeName: 'sequence', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'chain', AttributeType: 'S' },
        { AttributeName: 'sequence', AttributeType: 'N' },
      ],
    }),
  );
  return new AuditTable(DynamoDBDocumentClient.from(client), TableName);
}

const links = async () => (await table.page(CREDIT, {})).items;
const sound = async () => verifyChain(CREDIT, await links(), [...heads.values()]);
const behind = () => store.chainsBehind(new Date('2027-01-01'), 10);

describe('the audit of a model', () => {
  it('holds its changes in their order, with who is answerable, and is kept by its head', async () => {
    expect(await appendAudit(CREDIT, auditing)).toBe(3);
    expect((await links()).map(entryOf)).toMatchObject([
      { sequence: 1, type: 'Model Registered', person: ADA.id, previous: GENESIS, before: null },
      { sequence: 2, type: 'Model Version Registered', person: 'arn:aws:iam::111122223333:role/Scientists' },
      { sequence: 3, type: 'Alias Changed', after: { alias: 'challenger', version: 1 } },
    ]);
    expect(await sound()).toMatchObject({ entries: 3, anchored: 3 });
    expect((await sound()).fault).toBeUndefined();
    expect(await behind()).toEqual([]);
  });

  it('gets each change once, however often it is told, and by how many at once', async () => {
    await Promise.all([1, 2, 3].map(() => appendAudit(CREDIT, auditing)));
    await appendAudit(CREDIT, auditing);
    expect(await sound()).toMatchObject({ entries: 3, anchored: 3 });
    for (let version = 2; version <= 4; version++) await store.registerVersion(versionInput(), ADA);
    await Promise.all([1, 2].map(() => appendAudit(CREDIT, auditing)));
    const verdict = await sound();
    expect(verdict).toMatchObject({ entries: 6, anchored: 6 });
    expect(verdict.fault).toBeUndefined();
  });

  it('goes on where its writer died: after an entry, and before the head', async () => {
    const dying = (after: number): Auditing['table'] => ({
      last: (chain) => table.last(chain),
      append: async (chain, sequence, link) => {
        await table.append(chain, sequence, link);
        if (sequence === after) throw new Error('died');
        return true;
      },
    });
    for (const after of [1, 3]) {
      await expect(appendAudit(CREDIT, { ...auditing, table: dying(after) })).rejects.toThrow('died');
      expect(heads.size).toBe(0);
      expect(await behind()).toEqual([CREDIT]);
    }
    expect(await sweepAudits(new Date('2027-01-01'), auditing)).toEqual({ appended: 1 });
    expect(await sound()).toMatchObject({ entries: 3, anchored: 3 });
    expect(await sweepAudits(new Date('2027-01-01'), auditing)).toEqual({ appended: 0 });
  });

  it('never goes on over a change that was removed before it was audited, and says which', async () => {
    await registry.client.send(
      new DeleteCommand({ TableName: registry.tableName, Key: { PK: `CHANGE#${CREDIT}`, SK: '0000000002' } }),
    );
    const told = 'model:credit has no change 2, and has 3';
    await expect(appendAudit(CREDIT, auditing)).rejects.toThrow(told);
    await expect(sweepAudits(new Date('2027-01-01'), auditing)).rejects.toThrow(`1 of 1 audits are behind: ${told}`);
    expect(await links()).toHaveLength(1);
  });

  it('is read in pages, and keeps the entry that was there first', async () => {
    await appendAudit(CREDIT, auditing);
    const first = await table.page(CREDIT, { limit: 2 });
    const second = await table.page(CREDIT, { limit: 2, next: first.next });
    expect([...first.items, ...second.items]).toEqual(await links());
    expect(await table.append(CREDIT, 2, { text: 'forged', hash: 'forged' })).toBe(false);
    expect((await sound()).fault).toBeUndefined();
    await expect(table.page(CREDIT, { next: 'nonsense' })).rejects.toMatchObject({ name: 'InvalidInput' });
  });
});
