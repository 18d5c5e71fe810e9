import type { Ask, Callers } from './callers';
import type { DaemonConfig } from './config';
import { type Check, type Iam, type RoleCredentials, RoleRefused } from './sagemaker/iam/options';

/** MiniStack's IAM as SageMaker asks it; undefined where policies are ignored. */
export function sandboxIam(
  config: DaemonConfig,
  ask: Ask,
  callers: Callers,
  log: (line: string) => void,
): Iam | undefined {
  if (config.iam === 'off') return undefined;
  const unknown = new Set<string>();
  return {
    account: async (accessKey) => (await callers.of(accessKey))?.accountId,
    refusal: async (accessKey, accountId, checks: readonly Check[]) =>
      (await ask<{ refusal: string | null }>('authorize', { accessKey, accountId, checks })).refusal ?? undefined,
    assume: async (roleArn, sourceArn) => {
      const answer = await ask<Partial<RoleCredentials> & { refusal?: string }>('assume', { roleArn, sourceArn });
      if (answer.refusal) {
        log(`IAM: ${answer.refusal}`);
        if (config.iam === 'enforce') throw new RoleRefused(answer.refusal);
      }
      if (answer.accessKeyId) return answer as RoleCredentials;
      if (!unknown.has(roleArn)) log(`IAM holds no ${roleArn}: SageMaker does as its own what would be the role's.`);
      unknown.add(roleArn);
      return undefined;
    },
  };
}
