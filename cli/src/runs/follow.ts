import { setTimeout as sleep } from 'node:timers/promises';
import type { StepRecord } from '../../../lib/registry/contract';
import { CommandError } from '../errors';
import { EXIT } from '../exit-codes';
import { duration, money, secondsBetween } from '../format';
import type { Output } from '../output';
import { isOpen, type StateEntry, timeline, type Watched } from './timeline';

export interface FollowOptions<T extends Watched> {
  readonly out: Output;
  /** Reads the record anew. */
  readonly read: () => Promise<T>;
  /** The states entered so far. */
  readonly entries: (record: T) => Promise<StateEntry[]>;
  readonly order: readonly string[];
  readonly stepOf?: (state: string) => string | undefined;
  readonly pollMs: number;
  /** Milliseconds after which watching ends; what is watched goes on. @default - never */
  readonly timeoutMs?: number;
  /** Whether an open record ends the watch: a release that waits for a person, for instance. */
  readonly until?: (record: T) => boolean;
  /** Says how to go on watching, for a timeout's message. */
  readonly again: string;
}

/** Watches until the end, writing each step once when it has ended, and on a terminal the step that runs. */
export async function follow<T extends Watched>(options: FollowOptions<T>): Promise<T> {
  const { out, order, stepOf, pollMs } = options;
  const until = Date.now() + (options.timeoutMs ?? Number.POSITIVE_INFINITY);
  const shown = new Set<string>();
  for (;;) {
    const record = await options.read();
    const rows = timeline(record, await options.entries(record), order, stepOf);
    for (const row of rows.filter(({ status }) => status !== 'RUNNING')) {
      const key = `${row.step} ${row.attempt}`;
      if (!shown.has(key)) out.info(stepLine(row, out));
      shown.add(key);
    }
    if (!isOpen(record.status) || options.until?.(record)) return record;
    const running = rows.find(({ status }) => status === 'RUNNING');
    out.transient(running ? stepLine(running, out) : `  … ${record.status.toLowerCase()}`);
    if (Date.now() >= until) {
      throw new CommandError(`It was still ${record.status} after ${duration((options.timeoutMs ?? 0) / 1000)}.`, {
        exitCode: EXIT.timeout,
        hint: `It goes on. Watch it with: ${options.again}`,
      });
    }
    await sleep(pollMs);
  }
}

/** `✓ Train             12 s  $0.0040`. */
export function stepLine(row: StepRecord, out: Output): string {
  const seconds = duration(secondsBetween(row.startedAt, row.endedAt)).padStart(12);
  const cost = row.costUsd === undefined ? '' : `  ${money(row.costUsd)}`;
  const reason = row.reason && row.status !== 'SUCCEEDED' ? `  ${row.reason.split('\n')[0]}` : '';
  return `  ${mark(row.status, out)} ${row.step.padEnd(18)}${seconds}${cost}${reason}`;
}

function mark(status: StepRecord['status'], out: Output): string {
  const { color } = out;
  const marks: Record<StepRecord['status'], string> = {
    SUCCEEDED: color.green('✓'),
    RUNNING: color.cyan('…'),
    FAILED: color.red('✗'),
    REJECTED: color.yellow('✗'),
    STOPPED: color.yellow('■'),
  };
  return marks[status] ?? status;
}
