import type { HttpHeaders } from '../options';

/** Whose request it is: the account and region in which resources are named. */
export interface Scope {
  readonly accountId: string;
  readonly region: string;
}

const CREDENTIAL = /Credential=([^/,\s]+)\/\d{8}\/([a-z0-9-]+)\//;

/**
 * Reads the SigV4 credential scope. A 12-digit access key names its account, as in MiniStack; other keys
 * belong to the default account.
 */
export function scopeOf(headers: HttpHeaders, defaults: Scope): Scope {
  const match = CREDENTIAL.exec(headers.authorization ?? '');
  const accessKey = match?.[1] ?? '';
  return {
    accountId: /^\d{12}$/.test(accessKey) ? accessKey : defaults.accountId,
    region: match?.[2] ?? defaults.region,
  };
}

export const arnOf = (scope: Scope, resource: string) =>
  `arn:aws:sagemaker:${scope.region}:${scope.accountId}:${resource}`;
