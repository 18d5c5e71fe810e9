const ROLE_SESSION = /^arn:([^:]+):sts::(\d{12}):assumed-role\/([^/]+)\/(.+)$/;
/** Roles of IAM Identity Center: it alone may assume them, and names the session after the user that it has verified. */
const OF_IDENTITY_CENTER = /^AWSReservedSSO_/;

/**
 * The person behind a verified identity, as rules about different people need it. A role counts as one person, whatever
 * its sessions are called: who may assume it chooses that name. A session of IAM Identity Center is its user. Everything
 * else (a user's ARN, `cognito:<user pool>:<sub>`) is a person as it is.
 *
 * @param id the identity as the registry records it
 * @returns the same text for the same person
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
 */
export function personOf(id: string): string {
  const session = ROLE_SESSION.exec(id);
  if (!session) return id;
  const [, partition, account, role, name] = session;
  const arn = `arn:${partition}:iam::${account}:role/${role}`;
  return OF_IDENTITY_CENTER.test(role!) ? `${arn}/${name}` : arn;
}

/** An identity as far as people matter: for a machine that acts for somebody, that somebody. */
export interface Acting {
  readonly id: string;
  readonly kind: 'person' | 'execution' | 'service';
  readonly onBehalfOf?: string;
}

/** The person who is answerable for what an actor did; undefined where a machine acted by itself. */
export function answerableFor({ id, kind, onBehalfOf }: Acting): string | undefined {
  if (kind === 'person') return personOf(id);
  return onBehalfOf === undefined || isMachine(onBehalfOf) ? undefined : personOf(onBehalfOf);
}

/** Our functions by name, executions and stacks: they stand first in a chain that no person began. */
const isMachine = (id: string): boolean => !id.includes(':') || /^arn:[^:]+:(?!iam:|sts:)/.test(id);
