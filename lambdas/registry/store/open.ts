import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { REGISTRY_ENV } from '../../../lib/registry/contract';
import { requireEnv } from '../../shared/environment';

/** The table that a handler's construct named, as options of a store. */
export const fromEnvironment = () => ({
  tableName: requireEnv(REGISTRY_ENV.table),
  client: DynamoDBDocumentClient.from(new DynamoDBClient({})),
});
