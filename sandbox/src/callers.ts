import type { IncomingHttpHeaders } from 'node:http';

/** Who made a request. The role's ARN is the name to know a caller by: sessions of one role differ in `arn` only. */
export interface Caller {
  /** `arn:aws:iam::<account>:root`, a user's, or that of a role's session. */
  readonly arn: string;
  readonly accountId: string;
  /** Present where the caller is a role's session: a function, a state machine's task, a job. */
  readonly roleArn?: string;
}

const ACCESS_KEY = /Credential=([^/,\s]+)\//;
const KEPT = 1000;

export type Ask = <T>(path: string, body: object) => Promise<T>;

/** The key that signed a request; empty where nobody did. */
export const accessKeyOf = (headers: IncomingHttpHeaders | Record<string, string | undefined>): string =>
  ACCESS_KEY.exec(headers.authorization ?? '')?.[1] ?? '';

/** The account's root: no key, `test` and 12-digit accounts, as everywhere in the sandbox. */
export const isRootKey = (accessKey: string): boolean => /^(|test|\d{12})$/.test(accessKey);

/** Names callers by their access key, as the plugin knows them; an answer holds for as long as the key. */
export class Callers {
  private readonly known = new Map<string, Promise<Caller | undefined>>();

  constructor(
    private readonly ask: Ask,
    private readonly accountId: string,
  ) {}

  /** Names of the role and of the session, which is a function's own for a function; nothing where it is no role's. */
  async sessionOf(accessKey: string): Promise<{ readonly role?: string; readonly function?: string }> {
    const [role, session] = (await this.of(accessKey))?.arn.split(':assumed-role/')[1]?.split('/') ?? [];
    return role && session ? { role, function: session } : {};
  }

  /** Undefined for a key that nobody issued. */
  async of(accessKey: string): Promise<Caller | undefined> {
    if (isRootKey(accessKey)) {
      const accountId = /^\d{12}$/.test(accessKey) ? accessKey : this.accountId;
      return { arn: `arn:aws:iam::${accountId}:root`, accountId };
    }
    if (this.known.size > KEPT) this.known.clear();
    const known = this.known.get(accessKey) ?? this.find(accessKey);
    this.known.set(accessKey, known);
    const caller = await known.catch(() => undefined);
    // A key may be issued later.
    if (!caller) this.known.delete(accessKey);
    return caller;
  }

  private async find(accessKey: string): Promise<Caller | undefined> {
    return (await this.ask<{ caller: Caller | null }>('principal', { accessKey })).caller ?? undefined;
  }
}
