import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { REGISTRY_ENV } from '../../../lib/registry/contract';
import { requireEnv } from '../../shared/environment';
import { DocumentStore, type Overflow } from './documents';
import { Table } from './table';

/** The documents of the table that the handler's construct named. */
export const openDocuments = (overflow: Overflow): DocumentStore => {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  return new DocumentStore(new Table(client, requireEnv(REGISTRY_ENV.table), () => new Date()), overflow);
};
