import { randomBytes, randomUUID } from 'node:crypto';
import { sha256 } from '../../../core/digest';
import { nameProblems, timedId } from '../../../core/ids';
import type { Actor, ChangeDetail, ChangeType } from '../../../lib/registry/contract';
import { InvalidInput } from '../../shared/errors';
import { put, type Write } from './items';
import { changeKey, type Key, OPEN } from './keys';
import { ConditionFailed, LOST, type Table } from './table';

const ONCE_DAYS = 30;
/** Events are small; the record has the whole reason. */
const MAX_EVENT_REASON = 1_000;

/** What an event is about; the rest of its detail is the store's to say. */
export type Subject = Omit<ChangeDetail, 'changeId' | 'time' | 'actor'>;

/** What all parts of the store build on. Each part adds one kind of record to the one below it. */
export abstract class StoreBase {
  constructor(protected readonly table: Table) {}

  /** A change as one write of the transaction that makes it; it stands in the open list until it is published. */
  protected change(type: ChangeType, actor: Actor, subject: Subject): Write {
    const time = this.table.time();
    const changeId = randomUUID();
    const reason = subject.reason?.slice(0, MAX_EVENT_REASON);
    const detail: ChangeDetail = { changeId, time, actor, ...subject, ...(reason === undefined ? {} : { reason }) };
    return put('change', changeKey(changeId), {
      type,
      detail,
      GSI2PK: OPEN.changes,
      GSI2SK: `${time}#${changeId}`,
    });
  }

  protected newId(name: string): string {
    return timedId(name.slice(0, 30), this.table.now(), randomBytes(3));
  }

  /** Where a repeated request finds what it made the first time. */
  protected onceKey(scope: string, key: string): Key {
    return { PK: `ONCE#${scope}#${sha256(key)}`, SK: 'META' };
  }

  protected once(key: Key, id: string): Write {
    const expiresAt = Math.floor(this.table.now().getTime() / 1000) + ONCE_DAYS * 86_400;
    return put('once', key, { id, expiresAt });
  }

  protected async madeBefore(key: Key | undefined): Promise<string | undefined> {
    return key && ((await this.table.get(key))?.id as string | undefined);
  }

  /**
   * Runs attempts until one does not lose.
   * @param races names of the conditions that others may break first; then the attempt reads again. Any other condition
   * that fails is told by `explain`, whose error is thrown.
   */
  protected attempt<T>(
    races: readonly string[],
    attempt: () => Promise<T>,
    explain: (failed: readonly string[]) => Promise<Error> | Error = (failed) => new ConditionFailed(failed),
  ): Promise<T> {
    return this.table.retry<T>(async () => {
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof ConditionFailed)) throw error;
        if (error.failed.some((name) => races.includes(name))) return LOST;
        throw await explain(error.failed);
      }
    });
  }
}

/** @throws InvalidInput for a name that can't be part of keys, paths and job names. */
export const checkName = (what: string, name: string): void => {
  const problems = nameProblems(name);
  if (problems.length > 0) throw new InvalidInput(`The ${what}'s name '${name}' ${problems.join('; it ')}.`);
};

/** Equality of values as JSON, whatever the order of their keys. */
export const same = (a: unknown, b: unknown): boolean => sorted(a) === sorted(b);

const sorted = (value: unknown): string =>
  JSON.stringify(value, (_, inner) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  ) ?? 'undefined';
