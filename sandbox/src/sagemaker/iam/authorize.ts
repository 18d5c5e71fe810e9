import { accessKeyOf, isRootKey } from '../../callers';
import { ApiError, validationError } from '../api/errors';
import { arnOf, type Scope, scopeOf } from '../api/scope';
import type { Context } from '../context';
import type { HttpHeaders, SageMakerOptions } from '../options';
import { type Check, RoleRefused } from './options';

// biome-ignore lint/suspicious/noExplicitAny: inputs were checked against the service model
type Input = Record<string, any>;

const SERVICE = 'sagemaker.amazonaws.com';
/** What an operation's name ends with → the resource's type in ARNs. */
const NOUNS: Record<string, string> = {
  TrainingJob: 'training-job',
  ProcessingJob: 'processing-job',
  TransformJob: 'transform-job',
  Model: 'model',
  EndpointConfig: 'endpoint-config',
  Endpoint: 'endpoint',
  EndpointWeightsAndCapacities: 'endpoint',
  EndpointAsync: 'endpoint',
  EndpointWithResponseStream: 'endpoint',
  ModelPackageGroup: 'model-package-group',
  ModelPackage: 'model-package',
};
const INVOCATIONS = {
  'async-invocations': 'InvokeEndpointAsync',
  'invocations-response-stream': 'InvokeEndpointWithResponseStream',
};
const ROLES = ['RoleArn', 'ExecutionRoleArn'];

/** The operation of the runtime that a path ends with. */
export const invocationOf = (action = 'invocations'): string =>
  INVOCATIONS[action as keyof typeof INVOCATIONS] ?? 'InvokeEndpoint';

/** The scope of a request; that of a role's session is the role's account. */
export async function callerScope(options: SageMakerOptions, headers: HttpHeaders): Promise<Scope> {
  const scope = scopeOf(headers, options);
  const accessKey = accessKeyOf(headers);
  if (!options.iam || isRootKey(accessKey)) return scope;
  const accountId = await options.iam.account(accessKey);
  if (!accountId) {
    throw new ApiError('UnrecognizedClientException', 'The security token included in the request is invalid.');
  }
  return { ...scope, accountId };
}

/** Refuses what the caller may not do, and a role that SageMaker may not assume. */
export async function authorize(
  context: Context,
  headers: HttpHeaders,
  scope: Scope,
  operation: string,
  input: Input,
): Promise<void> {
  const { iam } = context.options;
  if (!iam) return;
  const accessKey = accessKeyOf(headers);
  if (!isRootKey(accessKey)) {
    const refusal = await iam.refusal(accessKey, scope.accountId, checksOf(scope, operation, input));
    if (refusal) throw new ApiError('AccessDeniedException', refusal);
  }
  for (const role of rolesOf(input)) await assumable(context, role, resourcesOf(scope, operation, input)[0]!);
}

async function assumable(context: Context, role: string, source: string): Promise<void> {
  try {
    await context.options.iam?.assume(role, source);
  } catch (error) {
    if (!(error instanceof RoleRefused)) throw error;
    throw validationError(
      `Could not assume role ${role}. Please ensure that the role exists and allows principal '${SERVICE}' to assume the role.`,
    );
  }
}

/** The permissions that an operation takes; InvokeEndpoint among them. */
export function checksOf(scope: Scope, operation: string, input: Input): Check[] {
  const resources = resourcesOf(scope, operation, input);
  const also = ['CreateEndpoint', 'UpdateEndpoint'].includes(operation)
    ? [arnOf(scope, `endpoint-config/${input.EndpointConfigName}`)]
    : [];
  const passed = rolesOf(input).map((role) => ({
    action: 'iam:PassRole',
    resource: role,
    context: { 'iam:PassedToService': SERVICE },
  }));
  const tagged = operation.startsWith('Create') && input.Tags?.length > 0 ? resources : [];
  return [
    ...[...resources, ...also].map((resource) => ({ action: `sagemaker:${operation}`, resource })),
    ...tagged.map((resource) => ({ action: 'sagemaker:AddTags', resource })),
    ...passed,
  ];
}

const rolesOf = (input: Input): string[] => ROLES.flatMap((name) => (input[name] ? [input[name] as string] : []));

function resourcesOf(scope: Scope, operation: string, input: Input): string[] {
  if (typeof input.ResourceArn === 'string') return [input.ResourceArn];
  const noun = operation.replace(/^(Create|Describe|Stop|Update|Delete|Invoke)/, '');
  const kind = operation.startsWith('List') ? undefined : NOUNS[noun];
  if (!kind) return ['*'];
  const name: unknown =
    input[`${noun.replace(/(WeightsAndCapacities|Async|WithResponseStream)$/, '')}Name`] ?? input[`${noun}Arn`];
  if (typeof name !== 'string') return [arnOf(scope, `${kind}/*`)];
  return [name.startsWith('arn:') ? name : arnOf(scope, `${kind}/${name}`)];
}
