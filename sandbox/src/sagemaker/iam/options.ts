/** One action on one resource, with the condition keys that SageMaker itself brings. */
export interface Check {
  readonly action: string;
  readonly resource: string;
  readonly context?: Record<string, string>;
}

export interface RoleCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** The sandbox's IAM, as SageMaker asks it. */
export interface Iam {
  /** The caller's account; undefined for a key that nobody issued. */
  account(accessKey: string): Promise<string | undefined>;
  /** Why the caller may not do all of this, in AWS's words; undefined where it may. */
  refusal(accessKey: string, accountId: string, checks: readonly Check[]): Promise<string | undefined>;
  /**
   * A session of the role for SageMaker; undefined for a role that IAM here does not hold.
   * @throws RoleRefused where the role's trust policy does not let SageMaker assume it.
   */
  assume(roleArn: string, sourceArn: string): Promise<RoleCredentials | undefined>;
}

export class RoleRefused extends Error {}
