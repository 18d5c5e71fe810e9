import { randomBytes } from 'node:crypto';
import type { Call } from './call';
import { type FaultRule, fits, readRule } from './rules';

/** Who made a request: the function or role behind its access key. */
export interface Caller {
  readonly function?: string;
  readonly role?: string;
}

/** MiniStack's side of the rules: it strikes states, events and invocations, and knows who is behind an access key. */
export interface InnerFaults {
  /** Puts these rules in place of those before, and answers how often each matched and struck so far. */
  setRules(rules: readonly FaultRule[]): Promise<Record<string, Count>>;
  callerOf(accessKey: string): Promise<Caller>;
  /** SIGKILL to the workers of a function that are at work; how many there were. */
  killWorkers(functionName: string): Promise<number>;
}

export interface Count {
  readonly matched: number;
  readonly struck: number;
}

/** A request that the sandbox refuses; the message says why. */
export class RefusedRule extends Error {}

/** The rules that are set, and how often each matched. */
export class Faults {
  private rules: readonly FaultRule[] = [];
  private readonly counts = new Map<string, { matched: number; struck: number }>();

  constructor(readonly inner: InnerFaults) {}

  /** Whether any request can be struck: without such rules nothing is looked at. */
  get armed(): boolean {
    return this.rules.some(({ on }) => on === 'request');
  }

  async add(values: readonly unknown[]): Promise<readonly FaultRule[]> {
    const rules = values.map((value) => readRule(value, () => randomBytes(4).toString('hex')));
    const wrong = rules.find((rule) => typeof rule === 'string');
    if (wrong) throw new RefusedRule(wrong);
    const added = rules as FaultRule[];
    const ids = added.map(({ id }) => id);
    this.rules = [...this.rules.filter(({ id }) => !ids.includes(id)), ...added];
    for (const id of ids) this.counts.delete(id);
    await this.inner.setRules(this.innerRules());
    return added;
  }

  /** @returns how many rules were there. */
  async remove(id?: string): Promise<number> {
    const kept = this.rules.filter((rule) => id !== undefined && rule.id !== id);
    const removed = this.rules.length - kept.length;
    this.rules = kept;
    for (const known of this.counts.keys()) if (!kept.some((rule) => rule.id === known)) this.counts.delete(known);
    await this.inner.setRules(this.innerRules());
    return removed;
  }

  /** The rules with how often they matched and struck. */
  async list(): Promise<(FaultRule & Count)[]> {
    const inner = await this.inner.setRules(this.innerRules());
    const none: Count = { matched: 0, struck: 0 };
    return this.rules.map((rule) => ({ ...rule, ...(this.counts.get(rule.id) ?? inner[rule.id] ?? none) }));
  }

  /** The first rule that strikes this request; every rule that matches it counts it. */
  async onRequest(call: Call): Promise<{ readonly rule: FaultRule; readonly caller: Caller } | undefined> {
    const near = this.rules.filter(
      ({ on, service, action }) => on === 'request' && fits(service, call.service) && fits(action, call.action),
    );
    if (near.length === 0) return undefined;
    const asks =
      call.accessKey !== undefined && near.some(({ caller, fault }) => caller !== undefined || fault === 'kill');
    const caller = asks ? await this.inner.callerOf(call.accessKey!) : {};
    const striking = near.filter(({ caller: name }) => isCalledBy(name, caller)).filter((rule) => this.count(rule));
    return striking[0] && { rule: striking[0], caller };
  }

  private count({ id, nth = 1, times = 1 }: FaultRule): boolean {
    const count = this.counts.get(id) ?? { matched: 0, struck: 0 };
    this.counts.set(id, count);
    count.matched += 1;
    const strikes = count.matched >= nth && (times === 0 || count.matched < nth + times);
    if (strikes) count.struck += 1;
    return strikes;
  }

  private innerRules(): FaultRule[] {
    return this.rules.filter(({ on }) => on !== 'request');
  }
}

const isCalledBy = (name: string | undefined, caller: Caller): boolean =>
  name === undefined || (caller.function !== undefined && fits(name, caller.function)) || fits(name, caller.role ?? '');
