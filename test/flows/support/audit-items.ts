import { CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { clientConfig, type TestSandbox } from '../../support/sandbox';
import { PLATFORM } from './names';

interface AuditItem {
  readonly sequence: number;
  readonly text: string;
  readonly hash: string;
}

/** The entries of a chain in the audit's table, in the hands of whoever would tamper with them. */
export async function auditItems(sandbox: TestSandbox, chain: string) {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(clientConfig(sandbox)));
  const TableName = await tableOf(sandbox);
  return {
    async get(sequence: number): Promise<AuditItem> {
      const { Item } = await client.send(new GetCommand({ TableName, Key: { chain, sequence } }));
      return Item as AuditItem;
    },
    put: (item: AuditItem) => client.send(new PutCommand({ TableName, Item: { ...item, chain } })),
    remove: (sequence: number) => client.send(new DeleteCommand({ TableName, Key: { chain, sequence } })),
  };
}

async function tableOf(sandbox: TestSandbox): Promise<string> {
  const client = new CloudFormationClient(clientConfig(sandbox));
  for await (const { StackResourceSummaries = [] } of paginateListStackResources({ client }, { StackName: PLATFORM })) {
    for (const { ResourceType, LogicalResourceId, PhysicalResourceId } of StackResourceSummaries)
      if (ResourceType === 'AWS::DynamoDB::Table' && LogicalResourceId!.includes('Audit')) return PhysicalResourceId!;
  }
  throw new Error('The platform has no table of its audit.');
}
