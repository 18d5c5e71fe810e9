import type { TestSandbox } from './sandbox';

const SERVICES = ['lambda', 'states', 'events', 'scheduler', 'sagemaker'];

export interface TestRole {
  readonly name: string;
  /** @default may do everything */
  readonly statements?: readonly object[];
  /** @default the services that a test may hand a role to */
  readonly trust?: object;
}

/** Makes a role by IAM's own API, for which no other test needs an SDK client; returns its ARN. */
export async function makeRole(sandbox: TestSandbox, { name, statements, trust }: TestRole): Promise<string> {
  const services = { Service: SERVICES.map((service) => `${service}.amazonaws.com`) };
  const trusted = trust ?? { Effect: 'Allow', Principal: services, Action: 'sts:AssumeRole' };
  await iam(sandbox, { Action: 'CreateRole', RoleName: name, AssumeRolePolicyDocument: document([trusted]) });
  await setPolicy(sandbox, name, statements ?? [{ Effect: 'Allow', Action: '*', Resource: '*' }]);
  return `arn:aws:iam::${sandbox.accountId}:role/${name}`;
}

/** Replaces what a role may do. */
export async function setPolicy(sandbox: TestSandbox, role: string, statements: readonly object[]): Promise<void> {
  const policy = { RoleName: role, PolicyName: 'policy', PolicyDocument: document(statements) };
  await iam(sandbox, { Action: 'PutRolePolicy', ...policy });
}

const document = (statements: readonly object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });

async function iam({ endpoint }: TestSandbox, parameters: Record<string, string>): Promise<void> {
  const authorization =
    'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0';
  const body = new URLSearchParams({ Version: '2010-05-08', ...parameters });
  const answer = await fetch(endpoint, { method: 'POST', headers: { authorization }, body });
  if (!answer.ok) throw new Error(`${parameters.Action}: ${answer.status} ${await answer.text()}`);
}
