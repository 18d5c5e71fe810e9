import type { Actor } from '../../lib/registry/contract';
import { Forbidden } from '../shared/errors';

/** What the authorizer of a route says of the caller: IAM's signature, or a token that a known issuer signed. */
export interface VerifiedCaller {
  readonly iam?: {
    readonly userArn?: string | null;
    readonly cognitoIdentity?: { readonly amr?: readonly string[] | null } | null;
  };
  readonly jwt?: { readonly claims?: Readonly<Record<string, unknown>> };
}

/** The verified identity. @throws Forbidden where there is none */
export const callerOf = (caller: VerifiedCaller | undefined): Actor => {
  const id =
    userOfPool(caller?.iam?.cognitoIdentity?.amr ?? []) ?? caller?.iam?.userArn ?? subjectOf(caller?.jwt?.claims ?? {});
  if (id) return { id, kind: 'person' };
  throw new Forbidden('The request carries no verified identity. Sign it with AWS credentials, or send a token.');
};

/** `cognito:<user pool>:<sub>`, from `cognito-idp.<region>.amazonaws.com/<user pool>:CognitoSignIn:<sub>`. */
function userOfPool(amr: readonly string[]): string | undefined {
  for (const how of amr) {
    const [, pool, sub] = /^cognito-idp\.[^/]+\/([^:]+):CognitoSignIn:(.+)$/.exec(how) ?? [];
    if (pool && sub) return `cognito:${pool}:${sub}`;
  }
  return undefined;
}

/** The subject of a token, as the registry names people of a user pool; of another issuer with its name. */
function subjectOf({ iss, sub }: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof iss !== 'string' || typeof sub !== 'string' || sub === '') return undefined;
  const [, pool] = /^https:\/\/cognito-idp\.[^/]+\/([^/]+)$/.exec(iss) ?? [];
  return pool ? `cognito:${pool}:${sub}` : `oidc:${iss}:${sub}`;
}
