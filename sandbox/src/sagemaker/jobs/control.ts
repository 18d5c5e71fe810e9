import type { ContainerProcess, ExitStatus } from '../processes/container-spec';

export type StopReason = 'requested' | 'max-runtime' | 'max-wait' | 'closing';

/** The handle by which a running job is stopped, whatever it is doing. */
export class JobControl {
  private processes = new Set<ContainerProcess>();
  private readonly timers: NodeJS.Timeout[] = [];
  private aborter = new AbortController();
  stopReason: StopReason | undefined;
  /** The job's instances are being taken away; it is to begin anew. */
  interrupted = false;

  constructor(private readonly graceMs: number) {}

  /** Fires when the job is to stop, or is interrupted. */
  get signal(): AbortSignal {
    return this.aborter.signal;
  }

  /** Follows a process to its end; if the job was stopped in the meantime the process is stopped at once. */
  async follow(process: ContainerProcess): Promise<ExitStatus> {
    this.processes.add(process);
    if (this.stopReason || this.interrupted) void process.stop(this.graceMs);
    const status = await process.exited;
    this.processes.delete(process);
    return status;
  }

  /** Stops the job when so many seconds from now have passed. */
  limit(seconds: number | undefined, reason: StopReason = 'max-runtime'): void {
    if (seconds === undefined) return;
    // setTimeout takes at most 2^31-1 ms, about 24 days; longer limits do not end a job on a laptop.
    const ms = Math.min(Math.max(0, seconds * 1000), 2 ** 31 - 1);
    this.timers.push(setTimeout(() => this.stop(reason), ms).unref());
  }

  stop(reason: StopReason, graceMs = this.graceMs): void {
    this.stopReason ??= reason;
    this.aborter.abort();
    this.stopProcesses(graceMs);
  }

  /** Takes the instances away: SIGTERM now, SIGKILL after the grace time. */
  interrupt(): void {
    this.interrupted = true;
    this.aborter.abort();
    this.stopProcesses();
  }

  /** There are new instances. */
  resume(): void {
    this.interrupted = false;
    if (!this.stopReason) this.aborter = new AbortController();
  }

  /** Ends what still runs, for example when one of several instances has failed. */
  stopProcesses(graceMs = this.graceMs): void {
    for (const process of this.processes) void process.stop(graceMs);
  }

  done(): void {
    for (const timer of this.timers) clearTimeout(timer);
  }
}

/** Thrown where a job notices between two steps that it is to stop. */
export class JobStopped extends Error {}

/** A failure whose text is the job's FailureReason, such as `AlgorithmError: ...` or `ClientError: ...`. */
export class JobFailure extends Error {
  constructor(
    message: string,
    readonly exitCode?: number,
    readonly exitMessage?: string,
  ) {
    super(message);
  }
}
