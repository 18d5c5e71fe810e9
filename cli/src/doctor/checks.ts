import type { ServiceQuota } from '@aws-sdk/client-service-quotas';
import { MINIMUM_BOOTSTRAP } from '../deploy/deploy';

export interface Check {
  readonly check: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly found: string;
  /** What to do; absent when ok. */
  readonly todo?: string;
}

export const ok = (check: string, found: string): Check => ({ check, status: 'ok', found });
export const warn = (check: string, found: string, todo: string): Check => ({ check, status: 'warn', found, todo });
export const fail = (check: string, found: string, todo: string): Check => ({ check, status: 'fail', found, todo });

export type InstanceUse = 'processing' | 'training' | 'transform' | 'endpoint';

/** How SageMaker's quotas are named, after the instance type. */
const QUOTA_USE: Record<InstanceUse, string> = {
  processing: 'for processing job usage',
  training: 'for training job usage',
  transform: 'for transform job usage',
  endpoint: 'for endpoint usage',
};

/** The use of an instance by a key of a model's directory: `training`, `endpoint`, and what else names it. */
export function instanceUse(key: string): InstanceUse | undefined {
  const uses: readonly InstanceUse[] = ['processing', 'training', 'transform', 'endpoint'];
  return uses.find((use) => use === key) ?? (key === 'serving' || key === 'hosting' ? 'endpoint' : undefined);
}

export function bootstrapCheck(version: number | undefined): Check {
  if (version === undefined) return fail('bootstrap', 'none', 'mlops deploy bootstraps, or run: npx cdk bootstrap');
  if (version >= MINIMUM_BOOTSTRAP) return ok('bootstrap', `version ${version}`);
  return fail('bootstrap', `version ${version}, needed is ${MINIMUM_BOOTSTRAP}`, 'Run: npx cdk bootstrap');
}

/** One instance type for one use against the account's quotas. */
export function quotaCheck(use: InstanceUse, instanceType: string, quotas: readonly ServiceQuota[]): Check {
  const name = `${instanceType} ${QUOTA_USE[use]}`;
  const check = `quota ${use} ${instanceType}`;
  const quota = quotas.find(({ QuotaName }) => QuotaName === name);
  if (!quota)
    return warn(check, `no quota is named '${name}'`, 'Check the spelling of the instance type, and the region.');
  if ((quota.Value ?? 0) >= 1) return ok(check, `${quota.Value}`);
  return fail(check, '0', `Ask for more: Service Quotas, Amazon SageMaker, '${name}' (${quota.QuotaCode}).`);
}

/** A run needs a handful of functions at once; new accounts have 10 in all. */
export function concurrencyCheck(limit: number | undefined, unreserved: number | undefined): Check {
  const check = 'Lambda concurrency';
  if (limit === undefined || unreserved === undefined)
    return warn(check, 'unknown', 'Allow lambda:GetAccountSettings.');
  const found = `${unreserved} of ${limit} unreserved`;
  if (unreserved < 10) return fail(check, found, "Ask for more: Service Quotas, AWS Lambda, 'Concurrent executions'.");
  if (unreserved < 100)
    return warn(check, found, "Enough for a trial. For production ask for 1,000 'Concurrent executions'.");
  return ok(check, found);
}
