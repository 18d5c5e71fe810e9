import type { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  StreamViewType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

const key = (name: string) => ({ name, type: AttributeType.STRING });

/**
 * The registry's table: on-demand, encrypted with a customer-managed key, restorable to any second of 35 days. `Table`
 * and not TableV2, which with such a key can't be synthesized without a fixed region. Keys: docs/architecture.md.
 */
export function createRegistryTable(
  scope: Construct,
  id: string,
  options: { readonly encryptionKey: IKey; readonly protect: boolean; readonly removalPolicy: RemovalPolicy },
): Table {
  const table = new Table(scope, id, {
    partitionKey: key('PK'),
    sortKey: key('SK'),
    billingMode: BillingMode.PAY_PER_REQUEST,
    encryption: TableEncryption.CUSTOMER_MANAGED,
    encryptionKey: options.encryptionKey,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    deletionProtection: options.protect,
    stream: StreamViewType.NEW_IMAGE,
    timeToLiveAttribute: 'expiresAt',
    removalPolicy: options.removalPolicy,
  });
  for (const index of ['GSI1', 'GSI2']) {
    table.addGlobalSecondaryIndex({
      indexName: index,
      partitionKey: key(`${index}PK`),
      sortKey: key(`${index}SK`),
      projectionType: ProjectionType.ALL,
    });
  }
  return table;
}
