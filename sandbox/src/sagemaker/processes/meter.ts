import { highWater, type ProcessRow, processTable, proportionalMemory } from './process-table';

/** What a container's processes took, together. */
export interface Usage {
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
  readonly peakMemoryBytes: number;
  /** Since the container started, until it ended. */
  readonly seconds: number;
}

const EVERY_MS = 200;
/** A young container is looked at more often: many jobs live for less than a second. */
const YOUNG_MS = 1_000;
const YOUNG_EVERY_MS = 40;

/** Follows the processes of containers in the system's table: what they take, and whether it is too much. */
export class Meter {
  private readonly watched = new Set<Watch>();
  private timer: NodeJS.Timeout | undefined;

  /** Watches a process and all that it starts, from now until `end`. `onOver` is called once, beyond the limit. */
  watch(pid: number, limitBytes?: number, onOver?: () => void): Watch {
    const watch = new Watch(pid, limitBytes, onOver, () => this.watched.delete(watch));
    this.watched.add(watch);
    this.schedule();
    return watch;
  }

  private schedule(): void {
    if (this.timer || this.watched.size === 0) return;
    const young = [...this.watched].some((watch) => watch.usage().seconds * 1000 < YOUNG_MS);
    this.timer = setTimeout(() => void this.look(), young ? YOUNG_EVERY_MS : EVERY_MS).unref();
  }

  private async look(): Promise<void> {
    const rows = await processTable().catch(() => []);
    for (const watch of this.watched) watch.sample(rows);
    this.timer = undefined;
    this.schedule();
  }
}

/** One container under watch. */
export class Watch {
  private readonly begun = performance.now();
  private ended: number | undefined;
  /** CPU seconds of every process seen, by id and start. */
  private readonly cpu = new Map<string, number>();
  private awaitedCpu = 0;
  private memory = 0;
  private peak = 0;
  private members: ProcessRow[] = [];
  private over = false;

  constructor(
    private readonly pid: number,
    private readonly limitBytes: number | undefined,
    private readonly onOver: (() => void) | undefined,
    private readonly onEnd: () => void,
  ) {}

  /** The processes that were seen last, for who must end what escaped from the group. */
  get processes(): readonly ProcessRow[] {
    return this.members;
  }

  usage(): Usage {
    const own = [...this.cpu.values()].reduce((sum, seconds) => sum + seconds, 0);
    return {
      cpuSeconds: Math.max(own, this.awaitedCpu),
      memoryBytes: this.ended === undefined ? this.memory : 0,
      peakMemoryBytes: this.peak,
      seconds: ((this.ended ?? performance.now()) - this.begun) / 1000,
    };
  }

  sample(rows: readonly ProcessRow[]): void {
    this.members = this.membersOf(rows);
    for (const row of this.members) {
      this.cpu.set(keyOf(row), row.cpuSeconds);
      if (row.pid === this.pid) this.awaitedCpu = row.cpuSeconds + row.childCpuSeconds;
    }
    this.memory = this.members.reduce((sum, row) => sum + row.memoryBytes, 0);
    if (this.limitBytes !== undefined && this.memory > this.limitBytes) this.tooMuch(this.limitBytes);
    this.peak = Math.max(this.peak, this.memory, this.members.length === 1 ? highWater(this.pid) : 0);
  }

  end(): void {
    this.ended ??= performance.now();
    this.onEnd();
  }

  // Processes of the group or session, their descendants, and those that were once among them.
  private membersOf(rows: readonly ProcessRow[]): ProcessRow[] {
    const ids = new Set<number>();
    const isMember = (row: ProcessRow) =>
      row.group === this.pid || row.session === this.pid || ids.has(row.parent) || this.cpu.has(keyOf(row));
    for (let size = -1; size !== ids.size; ) {
      size = ids.size;
      for (const row of rows) if (isMember(row)) ids.add(row.pid);
    }
    return rows.filter((row) => ids.has(row.pid));
  }

  // Forked workers share pages with their parent: what is over by the plain sum may not be over in truth.
  private tooMuch(limit: number): void {
    this.memory = proportionalMemory(this.members.map((row) => row.pid)) ?? this.memory;
    if (this.memory <= limit || this.over) return;
    this.over = true;
    this.peak = Math.max(this.peak, this.memory);
    this.onOver?.();
  }
}

const keyOf = ({ pid, started }: ProcessRow) => `${pid}/${started}`;
