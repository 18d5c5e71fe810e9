/** Runs at most `limit` jobs at a time, the rest in the order of their arrival. */
export class JobQueue {
  private readonly waiting: { id: string; run: () => Promise<void> }[] = [];
  private readonly running = new Set<Promise<void>>();

  constructor(private readonly limit: number) {}

  get size(): number {
    return this.waiting.length + this.running.size;
  }

  get waitingSize(): number {
    return this.waiting.length;
  }

  add(id: string, run: () => Promise<void>): void {
    this.waiting.push({ id, run });
    this.next();
  }

  /** Takes a job that has not begun out of the queue; false when it has begun or is not there. */
  remove(id: string): boolean {
    const index = this.waiting.findIndex((job) => job.id === id);
    if (index < 0) return false;
    this.waiting.splice(index, 1);
    return true;
  }

  clear(): void {
    this.waiting.length = 0;
  }

  /** Settles when the jobs that have begun have ended. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.running);
  }

  private next(): void {
    while (this.running.size < this.limit && this.waiting.length > 0) {
      const { run } = this.waiting.shift()!;
      const job: Promise<void> = run().finally(() => {
        this.running.delete(job);
        this.next();
      });
      this.running.add(job);
    }
  }
}
