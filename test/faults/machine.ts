/** What can be broken: states of a deployed state machine, and functions that act on events, as the stacks have them. */
import {
  type CloudFormationClient,
  GetTemplateCommand,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation';
import { DescribeStateMachineCommand, type SFNClient } from '@aws-sdk/client-sfn';

export interface State {
  readonly name: string;
  /** `function` and `job` are tasks: of Lambda, and of SageMaker where the state waits for the end. */
  readonly kind: 'function' | 'job' | 'call' | 'other';
  /** Name of the function that the state invokes. */
  readonly function?: string;
}

interface Definition {
  readonly States: Record<string, { Type: string; Resource?: string; Arguments?: { FunctionName?: string } }>;
}

export async function statesOf(sfn: SFNClient, stateMachineArn: string): Promise<State[]> {
  const { definition } = await sfn.send(new DescribeStateMachineCommand({ stateMachineArn }));
  return Object.entries((JSON.parse(definition!) as Definition).States).map(([name, state]) => {
    if (state.Type !== 'Task') return { name, kind: 'other' };
    const { Resource = '', Arguments } = state;
    if (Resource.includes(':lambda:invoke')) {
      return { name, kind: 'function', function: Arguments?.FunctionName?.split(':function:')[1]?.split(':')[0] };
    }
    return { name, kind: Resource.endsWith('.sync') ? 'job' : 'call' };
  });
}

export interface Handler {
  /** Its place in the stack: `Training/Triggers/Start`. */
  readonly name: string;
  /** Name of the function. */
  readonly function: string;
  /** What invokes it: detail types of events, `schedule`, `stream`, `stack`. */
  readonly triggers: readonly string[];
}

interface Resource {
  readonly Type: string;
  readonly Metadata?: { readonly 'aws:cdk:path'?: string };
  // biome-ignore lint/suspicious/noExplicitAny: a template's properties have no types.
  readonly Properties?: any;
}

/** Functions of a stack that rules, streams or CloudFormation invoke. */
export async function handlersOf(client: CloudFormationClient, stack: string): Promise<Handler[]> {
  const { TemplateBody } = await client.send(new GetTemplateCommand({ StackName: stack }));
  const resources = (JSON.parse(TemplateBody!) as { Resources: Record<string, Resource> }).Resources;
  const physical = new Map<string, string>();
  for await (const page of paginateListStackResources({ client }, { StackName: stack })) {
    for (const { LogicalResourceId, PhysicalResourceId } of page.StackResourceSummaries ?? [])
      physical.set(LogicalResourceId!, PhysicalResourceId!);
  }
  const found = new Map<string, Handler>();
  for (const [logicalId, trigger] of triggersIn(resources)) {
    const name = placeOf(resources[logicalId]);
    if (!name) continue;
    const before = found.get(logicalId);
    const triggers = [...new Set([...(before?.triggers ?? []), trigger])];
    found.set(logicalId, { name, function: physical.get(logicalId)!, triggers });
  }
  return [...found.values()];
}

/** Logical ids of functions, with what invokes them. */
function* triggersIn(resources: Record<string, Resource>): Generator<[string, string]> {
  for (const { Type, Properties = {} } of Object.values(resources)) {
    if (Type === 'AWS::Events::Rule') {
      const detailTypes: string[] = Properties.EventPattern?.['detail-type'] ?? ['schedule'];
      const targets: { Arn?: { 'Fn::GetAtt'?: string[] } }[] = Properties.Targets ?? [];
      for (const target of targets)
        for (const detailType of detailTypes)
          if (target.Arn?.['Fn::GetAtt']) yield [target.Arn['Fn::GetAtt'][0]!, detailType];
    } else if (Type === 'AWS::Lambda::EventSourceMapping') {
      yield [Properties.FunctionName?.Ref, 'stream'];
    } else if (Type.startsWith('Custom::') || Type === 'AWS::CloudFormation::CustomResource') {
      const own = Properties.ServiceToken?.['Fn::GetAtt'];
      if (own) yield [own[0], 'stack'];
    }
  }
}

/** The function's place in its stack, without the stack and the model: `Training/Triggers/Start`. CDK's own have none. */
const placeOf = (resource: Resource | undefined): string | undefined => {
  if (resource?.Type !== 'AWS::Lambda::Function') return undefined;
  const path = resource.Metadata?.['aws:cdk:path']?.split('/').slice(2, -1).join('/');
  return path && !path.includes('framework-') ? path : undefined;
};
