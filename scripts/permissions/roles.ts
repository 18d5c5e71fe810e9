import { Resolver } from './resolve';
import type { DeployedStack, Snapshot, Template } from './snapshot';

/** One action pattern on the resources of one statement: what a role may do, or may not. */
export interface Grant {
  /** The role by its construct, the same in every model's stack: `Training/Functions/Plan/Role`. */
  readonly role: string;
  readonly effect: 'Allow' | 'Deny';
  readonly action: string;
  /** The statement's resources by the names of their constructs. */
  readonly resources: string;
  /** The statement with this action alone, as the policy has it. */
  readonly statement: PolicyStatement;
}

export interface PolicyStatement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: object;
}

export interface DeployedRole {
  readonly role: string;
  readonly arn: string;
  readonly stack: string;
  readonly policy: { readonly Version: string; readonly Statement: readonly PolicyStatement[] };
  readonly grants: readonly Grant[];
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : value === undefined ? [] : [value]);

/** The roles of the stacks that a test may judge, with their policies as synthesized. */
export function rolesOf(snapshot: Snapshot, isOurs: (stack: string) => boolean): DeployedRole[] {
  return snapshot.stacks.filter(({ name }) => isOurs(name)).flatMap((stack) => rolesIn(snapshot, stack));
}

function rolesIn(snapshot: Snapshot, stack: DeployedStack): DeployedRole[] {
  const resolver = new Resolver(snapshot, stack);
  const resources = Object.entries<Template>(stack.template.Resources ?? {});
  return resources.flatMap(([id, { Type, Properties }]) => {
    const name = stack.resources[id];
    if (Type !== 'AWS::IAM::Role' || !name || isForPeople(Properties)) return [];
    const documents = [
      ...list(Properties.ManagedPolicyArns).map((arn) => managed(resolver.text(arn).value)),
      ...list(Properties.Policies).map((policy) => (policy as Template).PolicyDocument),
      ...resources.flatMap(([, other]) => (attaches(other, id) ? [other.Properties.PolicyDocument] : [])),
    ];
    const role = resolver.pathOf(id);
    const grants = documents.flatMap((document) =>
      list(document.Statement).flatMap((each) => grantsOf(resolver, role, each as Template)),
    );
    const arn = name.startsWith('arn:') ? name : `arn:aws:iam::${snapshot.accountId}:role/${name}`;
    const policy = { Version: '2012-10-17', Statement: grants.map(({ statement }) => statement) };
    return [{ role, arn, stack: stack.name, policy, grants }];
  });
}

/** People do more than what tests do in their name: their policies have unit tests of their own. */
function isForPeople({ AssumeRolePolicyDocument }: Template): boolean {
  const statements = list(AssumeRolePolicyDocument?.Statement) as Template[];
  return statements.length > 0 && statements.every(({ Principal }) => Principal?.Service === undefined);
}

/** AWS's own policies, as far as CDK's custom resources have them; anything else is an error of this list. */
function managed(arn: string): Template {
  if (!arn.endsWith('/service-role/AWSLambdaBasicExecutionRole')) {
    throw new Error(`The permissions report does not know the managed policy ${arn}.`);
  }
  const Action = ['logs:CreateLogStream', 'logs:PutLogEvents'];
  return { Statement: [{ Effect: 'Allow', Action, Resource: '*' }] };
}

const attaches = ({ Type, Properties }: Template, role: string): boolean =>
  ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'].includes(Type) &&
  list(Properties.Roles).some((each) => (each as Template).Ref === role);

function grantsOf(resolver: Resolver, role: string, statement: Template): Grant[] {
  const resources = list(statement.Resource).map((each) => resolver.text(each));
  const condition = resolved(resolver, statement.Condition);
  return list(statement.Action).map((action) => ({
    role,
    effect: statement.Effect,
    action: String(action),
    resources: resources.map(({ label }) => label).join(' '),
    statement: {
      Effect: statement.Effect,
      Action: [String(action)],
      Resource: resources.map(({ value }) => value),
      ...(condition ? { Condition: condition as object } : {}),
    },
  }));
}

/** Conditions as values: expressions stand in lists below an operator and a key. */
function resolved(resolver: Resolver, node: unknown): unknown {
  if (Array.isArray(node)) return node.map((each) => resolved(resolver, each));
  if (typeof node !== 'object' || node === null) return node;
  if (Object.keys(node).some((key) => key === 'Ref' || key.startsWith('Fn::'))) return resolver.text(node).value;
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, resolved(resolver, value)]));
}
