import { type CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import type { RunRecord } from '../../../lib/registry/contract';

export interface JobLog {
  readonly step: string;
  readonly group: string;
  /** Streams of the job begin with this. */
  readonly prefix: string;
}

export interface LogLine {
  readonly step: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly message: string;
}

const GROUPS: Readonly<Record<string, string>> = {
  'training-job': '/aws/sagemaker/TrainingJobs',
  'processing-job': '/aws/sagemaker/ProcessingJobs',
  'transform-job': '/aws/sagemaker/TransformJobs',
};

/** Where the plan of a run names its jobs, for those that have no record yet. */
const PLANNED: Readonly<Record<string, { readonly step: string; readonly kind: string }>> = {
  preprocess: { step: 'Preprocess', kind: 'processing-job' },
  train: { step: 'Train', kind: 'training-job' },
  transform: { step: 'Transform', kind: 'transform-job' },
  championTransform: { step: 'TransformChampion', kind: 'transform-job' },
};

/** The log streams of a run's jobs: from the recorded ARNs, and for the job that runs now from the plan. */
export function jobLogs(run: RunRecord): JobLog[] {
  const logs = new Map<string, JobLog>();
  for (const { step, jobArn } of run.steps) {
    const [kind, name] = jobArn?.split(':').slice(5).join(':').split('/') ?? [];
    const group = kind ? GROUPS[kind] : undefined;
    if (group && name) logs.set(step, { step, group, prefix: `${name}/` });
  }
  for (const [key, name] of Object.entries(plannedNames(run.plan))) {
    const planned = PLANNED[key];
    if (!planned || logs.has(planned.step)) continue;
    logs.set(planned.step, { step: planned.step, group: GROUPS[planned.kind]!, prefix: `${name}/` });
  }
  return [...logs.values()];
}

function plannedNames(plan: unknown): Record<string, string> {
  const names = (plan as { context?: { names?: unknown } } | undefined)?.context?.names;
  if (typeof names !== 'object' || names === null) return {};
  return Object.fromEntries(Object.entries(names).filter(([, name]) => typeof name === 'string'));
}

/** All lines of a job, oldest first; none where the job has not logged yet. */
export async function readLog(client: CloudWatchLogsClient, log: JobLog): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  let next: string | undefined;
  try {
    do {
      const page = await client.send(
        new FilterLogEventsCommand({
          logGroupName: log.group,
          logStreamNamePrefix: log.prefix,
          ...(next ? { nextToken: next } : {}),
        }),
      );
      for (const { timestamp, message } of page.events ?? []) {
        lines.push({ step: log.step, time: timestamp ?? 0, message: (message ?? '').trimEnd() });
      }
      next = page.nextToken;
    } while (next);
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return lines;
    throw error;
  }
  return lines.sort((a, b) => a.time - b.time);
}
