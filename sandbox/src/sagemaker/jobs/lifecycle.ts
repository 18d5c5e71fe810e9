import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { explainFull, messageOf } from '../api/errors';
import type { LogStream } from '../aws/logs';
import { S3DataError, S3ServiceError } from '../aws/s3';
import { announce, type Context } from '../context';
import { asRole, checkRole, endRole } from '../iam/as-role';
import { encryptedImage, roleOf } from '../iam/execution-role';
import type { ContainerProcess } from '../processes/container-spec';
import { signalGroup, startTimeOf } from '../processes/signals';
import { nowSeconds, type Resource } from '../state/store';
import { JobControl, JobFailure, JobStopped, type StopReason } from './control';

/** The longest FailureReason that the service model allows. */
const REASON_CHARS = 1024;

/** One job while it runs. */
export interface JobRun {
  readonly context: Context;
  readonly resource: Resource;
  readonly control: JobControl;
  /** The log stream of one of the job's instances, or of another part of it. */
  log(host: string, part?: string): LogStream;
  /** The job's own folder, removed when it ends. */
  readonly folder: string;
}

/** What differs between training, processing and transform jobs. */
export interface JobType {
  readonly prefix: 'Training' | 'Processing' | 'Transform';
  readonly logGroup: string;
  maxRuntime(resource: Resource): number | undefined;
  /** Seconds from the job's creation until its end at the latest, waiting included. */
  maxWait?(resource: Resource): number | undefined;
  run(job: JobRun): Promise<void>;
  /** Called with the final status before it is announced. */
  finish?(resource: Resource, status: 'Completed' | 'Failed' | 'Stopped', reason?: StopReason): void;
}

/** The jobs that wait or run, by ARN. */
export class Jobs {
  private readonly controls = new Map<string, JobControl>();

  constructor(private readonly context: Context) {}

  get size(): number {
    return this.controls.size;
  }

  submit(type: JobType, resource: Resource): void {
    const control = new JobControl((this.context.options.stopGraceSeconds ?? 120) * 1000);
    this.controls.set(resource.arn, control);
    this.context.queue.add(resource.arn, () => this.execute(type, resource, control));
  }

  /** Stops a job; one that still waits ends at once. */
  async stop(type: JobType, resource: Resource): Promise<void> {
    resource.describe[`${type.prefix}JobStatus`] = 'Stopping';
    touch(resource);
    await this.tell(resource);
    this.controls.get(resource.arn)?.stop('requested');
    if (this.context.queue.remove(resource.arn)) {
      this.controls.delete(resource.arn);
      await this.end(type, resource, 'Stopped', 'requested');
    }
  }

  close(): void {
    this.context.queue.clear();
    for (const control of this.controls.values()) control.stop('closing', 2_000);
  }

  /** Interrupts a managed spot job, as AWS does when it needs the instances; false when no such job trains now. */
  interrupt(resource: Resource): boolean {
    const control = this.controls.get(resource.arn);
    if (!control || control.stopReason || resource.describe.SecondaryStatus !== 'Training') return false;
    control.interrupt();
    return true;
  }

  private async execute(type: JobType, resource: Resource, control: JobControl): Promise<void> {
    const context = asRole(this.context, roleOf(this.context, resource), resource.arn);
    const streams = new JobStreams(context, type, resource);
    const folder = workFolder(context, resource);
    // Before anything that takes time, so that start times have the order in which jobs left the queue.
    const now = nowSeconds();
    resource.describe[`${type.prefix}StartTime`] = now;
    try {
      await mkdir(folder, { recursive: true });
      control.limit(type.maxRuntime(resource));
      const wait = type.maxWait?.(resource);
      if (wait !== undefined) control.limit(resource.describe.CreationTime + wait - now, 'max-wait');
      await checkRole(context, resource.scope, ...encryptedImage(this.context, resource));
      await type.run({ context, resource, control, log: (host, part) => streams.of(host, part), folder });
      await streams.end();
      await this.end(type, resource, control.stopReason ? 'Stopped' : 'Completed', control.stopReason);
    } catch (error) {
      await streams.end();
      await this.fail(type, resource, control, error);
    } finally {
      control.done();
      control.stopProcesses(0);
      this.controls.delete(resource.arn);
      endRole(context);
      await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    }
  }

  private async fail(type: JobType, resource: Resource, control: JobControl, error: unknown): Promise<void> {
    if (control.stopReason || error instanceof JobStopped) {
      return this.end(type, resource, 'Stopped', control.stopReason);
    }
    resource.describe.FailureReason = reasonOf(error).slice(0, REASON_CHARS);
    await this.end(type, resource, 'Failed');
  }

  private async end(
    type: JobType,
    resource: Resource,
    status: 'Completed' | 'Failed' | 'Stopped',
    reason?: StopReason,
  ): Promise<void> {
    // A job that the closing server ended is found as interrupted at the next start.
    if (this.context.closing) return;
    const { describe } = resource;
    describe[`${type.prefix}JobStatus`] = status;
    describe[`${type.prefix}EndTime`] = nowSeconds();
    touch(resource);
    type.finish?.(resource, status, reason);
    await this.tell(resource);
  }

  /** A job stops and ends also where that can't be written. */
  private async tell(resource: Resource): Promise<void> {
    await announce(this.context, resource).catch((error) => this.context.log(messageOf(error)));
  }
}

/** The log streams of one run of a job, made when they are first written to. */
class JobStreams {
  private readonly streams = new Map<string, LogStream>();
  private readonly epoch = Math.floor(nowSeconds());

  constructor(
    private readonly context: Context,
    private readonly type: JobType,
    private readonly resource: Resource,
  ) {}

  of(host: string, part?: string): LogStream {
    const { scope, name } = this.resource;
    const stream = `${name}/${host}-${this.epoch}${part ? `/${part}` : ''}`;
    let found = this.streams.get(stream);
    if (!found) {
      found = this.context.logs.stream(scope, this.type.logGroup, stream);
      this.streams.set(stream, found);
    }
    return found;
  }

  async end(): Promise<void> {
    await Promise.all([...this.streams.values()].map((stream) => stream.end()));
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof JobFailure) return error.message;
  if (error instanceof S3ServiceError) return `InternalServerError: ${error.message}`;
  if (error instanceof S3DataError) return `ClientError: ${error.message}`;
  return `InternalServerError: ${explainFull(error)}`;
}

export function touch(resource: Resource): void {
  resource.describe.LastModifiedTime = nowSeconds();
}

export const workFolder = (context: Context, resource: Resource) =>
  join(context.workDir, resource.kind, `${resource.scope.accountId}.${resource.scope.region}.${resource.name}`);

/** Throws when the job is to stop. */
export function checkpoint(control: JobControl): void {
  if (control.stopReason) throw new JobStopped();
}

interface KnownProcess {
  readonly pid: number;
  readonly startTime: string;
}

/** Notes the process in the job's record, so that a later server can end it if this one is killed. */
export async function recordProcess(job: JobRun, process: ContainerProcess): Promise<void> {
  const startTime = await startTimeOf(process.pid);
  if (!startTime) return;
  const { internal } = job.resource;
  internal.processes = [...((internal.processes as KnownProcess[] | undefined) ?? []), { pid: process.pid, startTime }];
  await job.context.store.put(job.resource);
}

/** Ends the processes that a killed server left behind, each if it is still that very process. */
export async function endOrphan(resource: Resource): Promise<void> {
  for (const orphan of (resource.internal.processes as KnownProcess[] | undefined) ?? []) {
    if ((await startTimeOf(orphan.pid)) === orphan.startTime) signalGroup(orphan.pid, 'SIGKILL');
  }
  delete resource.internal.processes;
}
