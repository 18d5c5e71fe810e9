import type { Scope } from '../api/scope';
import type { Context } from '../context';
import { JobFailure } from '../jobs/control';
import type { MetricDatum } from '../options';
import type { Check, RoleCredentials } from './options';

/** Gives the credentials by which calls for a scope are signed. */
export type CredentialsFor = (scope: Scope) => Promise<RoleCredentials>;

/** Until a role stands behind it, what SageMaker does is done by the account's root. */
export const asRoot: CredentialsFor = async (scope) => ({
  accessKeyId: scope.accountId,
  secretAccessKey: 'sandbox',
});

/**
 * The server's parts acting as a job's or an endpoint's execution role: what they read and write, the lines that they log
 * and the code that they run are the role's own calls, allowed or refused by its policies. Close `s3` and `logs` after use.
 */
export function asRole(context: Context, role: string | undefined, sourceArn: string): Context {
  const { iam } = context.options;
  if (!iam || !role) return context;
  const credentials: CredentialsFor = async (scope) => {
    const session = await iam.assume(role, sourceArn);
    return session ?? asRoot(scope);
  };
  const options = { ...context.options, putMetrics: guarded(context, credentials) };
  // What is not replaced stays shared, also what changes later.
  return Object.create(context, {
    options: { value: options },
    s3: { value: context.s3.as(credentials) },
    logs: { value: context.logs.as(credentials) },
    host: { value: context.host.as(credentials) },
    role: { value: { arn: role, credentials } },
  });
}

/** Closes what {@link asRole} opened. */
export function endRole(context: Context): void {
  if (!context.role) return;
  context.s3.close();
  context.logs.close();
}

/** What the role needs for the image and for an encrypted volume, which no local process asks for by itself. */
export async function checkRole(context: Context, scope: Scope, image: string, volumeKey?: string): Promise<void> {
  const { iam } = context.options;
  if (!iam || !context.role) return;
  const { accessKeyId } = await context.role.credentials(scope);
  const checks = [...pullChecks(image), ...(volumeKey ? grantChecks(scope, volumeKey) : [])];
  const refusal = await iam.refusal(accessKeyId, scope.accountId, checks);
  if (refusal) throw new JobFailure(`ClientError: ${refusal}`);
}

const IMAGE = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.[^/]+\/([^@:]+)/;

function pullChecks(image: string): Check[] {
  const [, account, region, repository] = IMAGE.exec(image) ?? [];
  if (!repository) return [];
  const resource = `arn:aws:ecr:${region}:${account}:repository/${repository}`;
  const actions = ['ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchGetImage'];
  return [{ action: 'ecr:GetAuthorizationToken', resource: '*' }, ...actions.map((action) => ({ action, resource }))];
}

function grantChecks(scope: Scope, key: string): Check[] {
  const resource = key.startsWith('arn:') ? key : `arn:aws:kms:${scope.region}:${scope.accountId}:key/${key}`;
  return [{ action: 'kms:CreateGrant', resource, context: { 'kms:GrantIsForAWSResource': 'true' } }];
}

/** A container's metrics are put by its role; those of the service (AWS/SageMaker) are the service's own. */
function guarded(context: Context, credentials: CredentialsFor) {
  const { iam, putMetrics } = context.options;
  return async (namespace: string, data: MetricDatum[]): Promise<void> => {
    if (namespace.startsWith('/aws/sagemaker/')) {
      const { accessKeyId } = await credentials(context.options);
      const check = {
        action: 'cloudwatch:PutMetricData',
        resource: '*',
        context: { 'cloudwatch:namespace': namespace },
      };
      const refusal = await iam?.refusal(accessKeyId, context.options.accountId, [check]);
      if (refusal) return context.log(refusal);
    }
    await putMetrics?.(namespace, data);
  };
}
