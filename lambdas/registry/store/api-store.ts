/** The store with what only people ask for, by the API: handlers of pipelines leave it out of their bundles. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { REGISTRY_ENV } from '../../../lib/registry/contract';
import { requireEnv } from '../../shared/environment';
import { LineageStore } from './lineage';

export class ApiStore extends LineageStore {
  static override fromEnvironment(this: void): ApiStore {
    const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));
    return new ApiStore({ tableName: requireEnv(REGISTRY_ENV.table), client });
  }
}
