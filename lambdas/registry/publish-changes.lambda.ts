import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { REGISTRY_ENV } from '../../lib/registry/contract';
import { requireEnv } from '../shared/environment';
import { putChanges } from './eventbridge.client';
import { publish } from './publish';
import { RegistryStore } from './store';
import type { Change } from './store/types';

const registry = RegistryStore.fromEnvironment();
const bus = requireEnv(REGISTRY_ENV.bus);

/** Sends the stream's new changes to the bus; the stream delivers again what was refused. */
export const handler = async ({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
  const arrived = Records.map((record) => ({ record, change: changeIn(record) }));
  const changes = arrived.map(({ change }) => change).filter((change) => change !== undefined);
  const failed = await publish(changes, { registry, put: (batch) => putChanges(bus, batch) });
  return {
    batchItemFailures: arrived
      .filter(({ change }) => change && failed.has(change.detail.changeId))
      .map(({ record }) => ({ itemIdentifier: record.dynamodb?.SequenceNumber ?? '' })),
  };
};

/** The change that a record brings; the stream's filter leaves nothing else through, but a sender may be looser. */
function changeIn({ eventName, dynamodb }: DynamoDBRecord): Change | undefined {
  const { PK, type, detail } = dynamodb?.NewImage ?? {};
  if (eventName !== 'INSERT' || !PK?.S?.startsWith('CHANGE#') || !type?.S || !detail?.S) return undefined;
  return { type: type.S, detail: JSON.parse(detail.S) } as Change;
}
