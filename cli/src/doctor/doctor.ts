import type { ServiceQuota } from '@aws-sdk/client-service-quotas';
import { bootstrapVersion } from '../deploy/deploy';
import type { Session } from '../session';
import { translate } from '../translate';
import {
  bootstrapCheck,
  type Check,
  concurrencyCheck,
  fail,
  type InstanceUse,
  instanceUse,
  ok,
  quotaCheck,
  warn,
} from './checks';

export interface Instance {
  readonly use: InstanceUse;
  readonly instanceType: string;
}

/** Looks at everything that a first run needs; each check answers for itself, whatever the others found. */
export async function diagnose(session: Session, asked: readonly Instance[]): Promise<Check[]> {
  const region = await attempt('region', async () => ok('region', await session.region()));
  const identity = await attempt('credentials', () => checkIdentity());
  // Without an identity every further check would repeat the same failure.
  if (region.status === 'fail' || identity.status === 'fail') return [region, identity];
  const [bootstrap, platform, concurrency] = await Promise.all([
    attempt('bootstrap', async () => bootstrapCheck(await bootstrapVersion(session))),
    attempt('platform', () => checkPlatform(session)),
    attempt('Lambda concurrency', () => checkConcurrency()),
  ]);
  return [region, identity, bootstrap, platform, concurrency, ...(await checkQuotas(session, asked))];
}

async function attempt(check: string, work: () => Promise<Check>): Promise<Check> {
  try {
    return await work();
  } catch (error) {
    const { message, hint } = translate(error);
    return fail(check, message, hint ?? 'See above.');
  }
}

async function checkIdentity(): Promise<Check> {
  const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts');
  const { Arn } = await new STSClient({}).send(new GetCallerIdentityCommand({}));
  return ok('credentials', Arn ?? 'unknown');
}

async function checkPlatform(session: Session): Promise<Check> {
  const platforms = await (await session.directory()).platforms();
  if (platforms.length === 0) return warn('platform', 'none is deployed', 'Deploy one with: mlops deploy');
  return ok('platform', platforms.map(({ platform, stage }) => `${platform} (${stage})`).join(', '));
}

async function checkConcurrency(): Promise<Check> {
  const { GetAccountSettingsCommand, LambdaClient } = await import('@aws-sdk/client-lambda');
  const { AccountLimit } = await new LambdaClient({}).send(new GetAccountSettingsCommand({}));
  return concurrencyCheck(AccountLimit?.ConcurrentExecutions, AccountLimit?.UnreservedConcurrentExecutions);
}

async function checkQuotas(session: Session, asked: readonly Instance[]): Promise<Check[]> {
  if (session.target.kind !== 'aws') return [ok('quotas', 'none apply outside AWS')];
  const instances = asked.length > 0 ? asked : await deployedInstances(session);
  try {
    const quotas = await sageMakerQuotas();
    return instances.map(({ use, instanceType }) => quotaCheck(use, instanceType, quotas));
  } catch (error) {
    return [warn('quotas', translate(error).message, 'Allow servicequotas:ListServiceQuotas to have them checked.')];
  }
}

/** What the deployed models ask for; ml.m5.large, the default, where none is deployed. */
async function deployedInstances(session: Session): Promise<Instance[]> {
  const models = await session.models().catch(() => []);
  const found = new Map<string, Instance>();
  for (const [key, instanceType] of models.flatMap((model) => Object.entries(model.instanceTypes))) {
    const use = instanceUse(key);
    if (use) found.set(`${use} ${instanceType}`, { use, instanceType });
  }
  if (found.size > 0) return [...found.values()];
  const uses: readonly InstanceUse[] = ['processing', 'training', 'transform', 'endpoint'];
  return uses.map((use) => ({ use, instanceType: 'ml.m5.large' }));
}

async function sageMakerQuotas(): Promise<ServiceQuota[]> {
  const { paginateListServiceQuotas, ServiceQuotasClient } = await import('@aws-sdk/client-service-quotas');
  const quotas: ServiceQuota[] = [];
  const client = new ServiceQuotasClient({});
  for await (const page of paginateListServiceQuotas({ client }, { ServiceCode: 'sagemaker', MaxResults: 100 })) {
    quotas.push(...(page.Quotas ?? []));
  }
  return quotas;
}
