/** The registry's one write path, and the only module that names its table. docs/architecture.md has the keys. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { ChangeStore } from './changes';
import { fromEnvironment } from './open';
import { Table } from './table';
import type { Registry } from './types';

export type * from './types';
export { CHAMPION } from './versions';

export interface RegistryStoreOptions {
  readonly tableName: string;
  readonly client: DynamoDBDocumentClient;
  /** The clock. Default: the machine's. */
  readonly now?: () => Date;
}

/**
 * Models, datasets, runs, versions, releases and deployments. Its parts build on one another in this order: models,
 * datasets, runs, versions, releases, approvals, deployments, changes.
 *
 * @example
 * const store = RegistryStore.fromEnvironment();
 * const run = await store.requestRun({ model: 'credit', request: { trigger: 'command' } }, actor);
 */
export class RegistryStore extends ChangeStore implements Registry {
  constructor({ tableName, client, now = () => new Date() }: RegistryStoreOptions) {
    super(new Table(client, tableName, now));
  }

  /** The store of the table that the handler's construct named. */
  static fromEnvironment(this: void): RegistryStore {
    return new RegistryStore(fromEnvironment());
  }
}
