import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { clientConfig, type TestSandbox } from '../../support/sandbox';
import { eventually } from './eventually';

export interface DeployedStack {
  readonly outputs: Record<string, string>;
  /** Updates the stack and waits. @returns the status that it ends in, and why resources failed */
  update(resources: object): Promise<{ readonly status: string; readonly reasons: string }>;
  /** Deletes the stack; waits for it where it is to be seen. */
  delete(options?: { readonly wait: boolean }): Promise<void>;
}

/** Deploys a template and waits for it; rejects with the failed resources' reasons. */
export async function deploy(
  sandbox: TestSandbox,
  name: string,
  resources: object,
  outputs: Record<string, unknown>,
): Promise<DeployedStack> {
  const client = new CloudFormationClient(clientConfig(sandbox));
  const values = Object.fromEntries(Object.entries(outputs).map(([key, Value]) => [key, { Value }]));
  await client.send(
    new CreateStackCommand({
      StackName: name,
      Capabilities: ['CAPABILITY_NAMED_IAM'],
      TemplateBody: JSON.stringify({ Resources: resources, Outputs: values }),
    }),
  );
  const settled = () =>
    eventually(async () => {
      const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: name }));
      return Stacks?.[0]?.StackStatus?.endsWith('_IN_PROGRESS') ? undefined : Stacks?.[0];
    });
  const stack = await settled();
  if (stack.StackStatus !== 'CREATE_COMPLETE') throw new Error(await reasons(client, name));
  return {
    outputs: Object.fromEntries((stack.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey!, OutputValue!])),
    update: async (changed) => {
      const TemplateBody = JSON.stringify({ Resources: changed, Outputs: values });
      await client.send(
        new UpdateStackCommand({ StackName: name, TemplateBody, Capabilities: ['CAPABILITY_NAMED_IAM'] }),
      );
      const { StackStatus } = await settled();
      return { status: StackStatus!, reasons: await reasons(client, name) };
    },
    delete: async ({ wait } = { wait: false }) => {
      await client.send(new DeleteStackCommand({ StackName: name }));
      if (wait) await eventually(async () => ((await isGone(client, name)) ? true : undefined));
    },
  };
}

async function isGone(client: CloudFormationClient, name: string): Promise<boolean> {
  try {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: name }));
    return Stacks?.[0]?.StackStatus === 'DELETE_COMPLETE';
  } catch {
    return true;
  }
}

async function reasons(client: CloudFormationClient, name: string): Promise<string> {
  const { StackEvents } = await client.send(new DescribeStackEventsCommand({ StackName: name }));
  const failed = (StackEvents ?? []).filter(({ ResourceStatus }) => ResourceStatus?.endsWith('_FAILED'));
  return failed.map((event) => `${event.LogicalResourceId}: ${event.ResourceStatusReason}`).join('\n');
}

/** Lets topics send to queues: without it SNS delivers to none, here as on AWS. */
export const topicsMaySend = (...queues: string[]): object => maySend('sns.amazonaws.com', queues);

/** Lets the event bus send to queues, as targets of rules or for dead letters. */
export const rulesMaySend = (...queues: string[]): object => maySend('events.amazonaws.com', queues);

function maySend(Service: string, queues: string[]): object {
  const allowed = {
    Effect: 'Allow',
    Principal: { Service },
    Action: 'sqs:SendMessage',
    Resource: '*',
  };
  return {
    Type: 'AWS::SQS::QueuePolicy',
    Properties: {
      Queues: queues.map((Ref) => ({ Ref })),
      PolicyDocument: { Version: '2012-10-17', Statement: [allowed] },
    },
  };
}

/** Lets a service invoke a function, by the function's own policy. */
export const mayInvoke = (functionId: string, Principal: string, source: object = {}): object => ({
  Type: 'AWS::Lambda::Permission',
  Properties: { FunctionName: { Ref: functionId }, Action: 'lambda:InvokeFunction', Principal, ...source },
});

/** A Node.js function with its code in the template. */
export function inlineFunction(code: string, properties: object = {}): object {
  return {
    Type: 'AWS::Lambda::Function',
    Properties: {
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Role: { 'Fn::Sub': 'arn:aws:iam::${AWS::AccountId}:role/tested' },
      Timeout: 10,
      Code: { ZipFile: code },
      ...properties,
    },
  };
}

/** A table whose stream tells new images; its key is the text `pk`. */
export const STREAMED_TABLE = {
  Type: 'AWS::DynamoDB::Table',
  Properties: {
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
  },
};
