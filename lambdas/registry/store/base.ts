import { randomBytes, randomUUID } from 'node:crypto';
import { chainOf } from '../../../core/audit';
import { sha256 } from '../../../core/digest';
import { nameProblems, timedId } from '../../../core/ids';
import type { Actor, ChangeDetail, ChangeType } from '../../../lib/registry/contract';
import { InvalidInput } from '../../shared/errors';
import { type ChangeFacts, keptFacts } from './facts';
import { put, type Write } from './items';
import { changeIdOf, changeKey, type Key, OPEN } from './keys';
import type { Part } from './numbering';
import { ConditionFailed, LOST, type Table } from './table';

const ONCE_DAYS = 30;
/** Events are small; the record has the whole reason. */
const MAX_EVENT_REASON = 1_000;

/** What an event is about; the rest of its detail is the store's to say. */
export type Subject = Omit<ChangeDetail, 'changeId' | 'time' | 'actor'>;

/** What all parts of the store build on. Each part adds one kind of record to the one below it. */
export abstract class StoreBase {
  constructor(protected readonly table: Table) {}

  /**
   * A change as one part of the transaction that makes it; it stands in the open list until it is published. The changes
   * of a model, and those of a dataset, are a chain: each is numbered, and becomes an entry of its audit.
   * @param facts what the entry says beside the event
   */
  protected change(type: ChangeType, actor: Actor, subject: Subject, facts: ChangeFacts = {}): Part {
    const time = this.table.time();
    const reason = subject.reason?.slice(0, MAX_EVENT_REASON);
    const kept = keptFacts(facts);
    const write = (changeId: string): Write => {
      const detail: ChangeDetail = { changeId, time, actor, ...subject, ...(reason === undefined ? {} : { reason }) };
      const pending = { GSI2PK: OPEN.changes, GSI2SK: `${time}#${changeId}` };
      return put('change', changeKey(changeId), { type, detail, facts: kept, ...pending });
    };
    const chain = chainOfSubject(subject);
    return chain ? { chain, numbered: (sequence) => write(changeIdOf(chain, sequence)) } : write(randomUUID());
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

/** The chain of changes that one belongs to: its model's, else its dataset's; none where it names neither. */
const chainOfSubject = ({ model, dataset }: Subject): string | undefined => {
  if (model) return chainOf('model', model);
  return dataset && chainOf('dataset', dataset);
};

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
