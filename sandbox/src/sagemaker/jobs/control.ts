import type { ContainerProcess, ExitStatus } from '../processes/container';

export type StopReason = 'requested' | 'max-runtime' | 'closing';

/** The handle by which a running job is stopped, whatever it is doing. */
export class JobControl {
  private processes = new Set<ContainerProcess>();
  private timer: NodeJS.Timeout | undefined;
  private readonly aborter = new AbortController();
  stopReason: StopReason | undefined;

  constructor(private readonly graceMs: number) {}

  /** Fires when the job is to stop. */
  get signal(): AbortSignal {
    return this.aborter.signal;
  }

  /** Follows a process to its end; if the job was stopped in the meantime the process is stopped at once. */
  async follow(process: ContainerProcess): Promise<ExitStatus> {
    this.processes.add(process);
    if (this.stopReason) void process.stop(this.graceMs);
    const status = await process.exited;
    this.processes.delete(process);
    return status;
  }

  /** Stops the job when it has run that long. */
  limit(seconds: number | undefined): void {
    if (seconds === undefined) return;
    // setTimeout takes at most 2^31-1 ms, about 24 days; longer limits do not end a job on a laptop.
    const ms = Math.min(seconds * 1000, 2 ** 31 - 1);
    this.timer = setTimeout(() => this.stop('max-runtime'), ms).unref();
  }

  stop(reason: StopReason, graceMs = this.graceMs): void {
    this.stopReason ??= reason;
    this.aborter.abort();
    for (const process of this.processes) void process.stop(graceMs);
  }

  done(): void {
    clearTimeout(this.timer);
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
