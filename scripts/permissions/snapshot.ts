import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CloudFormationClient,
  GetTemplateCommand,
  paginateListStackResources,
  paginateListStacks,
} from '@aws-sdk/client-cloudformation';

/** One kind of call that a role made in the sandbox, as its record has it. */
export interface RecordedCall {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly service: string;
  readonly decision: 'Allow' | 'Deny' | 'ImplicitDeny';
  readonly context: Readonly<Record<string, string | string[]>>;
}

// biome-ignore lint/suspicious/noExplicitAny: a template is whatever CloudFormation took
export type Template = Record<string, any>;

export interface DeployedStack {
  readonly name: string;
  readonly template: Template;
  /** Physical by logical id. */
  readonly resources: Readonly<Record<string, string>>;
}

/** What stands in a sandbox, and what was called there: all that the report needs, once the sandbox is gone. */
export interface Snapshot {
  readonly region: string;
  readonly accountId: string;
  readonly stacks: readonly DeployedStack[];
  readonly calls: readonly RecordedCall[];
}

export interface SnapshotSource {
  readonly endpoint: string;
  readonly region: string;
  readonly accountId: string;
  readonly stateDir: string;
}

/** Where a sandbox keeps its record of calls, in its state folder. */
const RECORD = join('iam', 'calls.jsonl');

/** Takes the templates as they were synthesized, the names that their resources got, and the record of calls. */
export async function takeSnapshot(source: SnapshotSource): Promise<Snapshot> {
  const { endpoint, region, accountId, stateDir } = source;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new CloudFormationClient({ endpoint, region, credentials });
  const stacks: DeployedStack[] = [];
  for await (const page of paginateListStacks({ client }, {})) {
    for (const { StackName, StackStatus } of page.StackSummaries ?? []) {
      if (StackName && StackStatus !== 'DELETE_COMPLETE') stacks.push(await readStack(client, StackName));
    }
  }
  return { region, accountId, stacks, calls: readCalls(join(stateDir, RECORD)) };
}

async function readStack(client: CloudFormationClient, name: string): Promise<DeployedStack> {
  const { TemplateBody } = await client.send(new GetTemplateCommand({ StackName: name, TemplateStage: 'Original' }));
  const resources: Record<string, string> = {};
  for await (const page of paginateListStackResources({ client }, { StackName: name })) {
    for (const { LogicalResourceId, PhysicalResourceId } of page.StackResourceSummaries ?? []) {
      if (LogicalResourceId && PhysicalResourceId) resources[LogicalResourceId] = PhysicalResourceId;
    }
  }
  return { name, template: parse(TemplateBody ?? '{}'), resources };
}

/** Stacks of YAML are not ours: CDK writes JSON. */
function parse(text: string): Template {
  try {
    return JSON.parse(text) as Template;
  } catch {
    return {};
  }
}

function readCalls(file: string): RecordedCall[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as RecordedCall);
}
