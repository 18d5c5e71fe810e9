import { actualJobCost } from '../../core/costs';
import type { JobKind } from '../../lib/training/contract';

export type StoppableKind = Exclude<JobKind, 'model'>;

/** A job as SageMaker describes it, whatever its kind. */
export interface JobFacts {
  readonly status: 'InProgress' | 'Stopping' | 'Completed' | 'Failed' | 'Stopped' | (string & {});
  readonly arn?: string;
  readonly startedAt?: Date;
  readonly endedAt?: Date;
  readonly failureReason?: string;
  /** Whether SageMaker says that the job ran past its maximum. */
  readonly pastMaximum?: boolean;
  readonly maxRuntimeSeconds?: number;
  /** What SageMaker bills, where it says so. */
  readonly billableSeconds?: number;
  readonly instances: { readonly instanceType?: string; readonly instanceCount?: number; readonly volumeGb?: number };
  /** Archive that a training job wrote. */
  readonly archiveUri?: string;
}

/** SageMaker as the handlers use it. */
export interface JobsClient {
  /** The job, or undefined where there is none of the name. */
  describe(kind: JobKind, name: string): Promise<JobFacts | undefined>;
  /** Nothing happens where the job has ended. */
  stop(kind: StoppableKind, name: string): Promise<void>;
}

/** USD that a job cost; undefined where its times or its price are not known. */
export const costOf = (job: JobFacts, prices?: Readonly<Record<string, number>>): number | undefined => {
  const { instanceType, instanceCount = 1, volumeGb } = job.instances;
  const seconds = job.billableSeconds ?? secondsOf(job);
  if (instanceType === undefined || seconds === undefined) return undefined;
  const cost = actualJobCost({ instanceType, instanceCount, volumeGb, billableSeconds: seconds }, prices);
  return cost.ok ? cost.usd : undefined;
};

/** Seconds from start to end. */
export const secondsOf = ({ startedAt, endedAt }: JobFacts): number | undefined =>
  startedAt && endedAt ? Math.max(0, (endedAt.getTime() - startedAt.getTime()) / 1000) : undefined;
