import {
  type CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  paginateDescribeLogGroups,
} from '@aws-sdk/client-cloudwatch-logs';

/** Log lines are found by this: a group, and within a group of jobs the streams of one job. */
export interface LogSource {
  readonly group: string;
  readonly prefix?: string;
}

export interface LogLine {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly group: string;
  readonly stream: string;
  readonly message: string;
}

/** Groups that hold one thing each, and groups in which each job has streams of its own, as AWS names them. */
const OWN_GROUPS = ['/aws/lambda/', '/aws/sagemaker/Endpoints/', '/aws/vendedlogs/states/', '/aws/codebuild/'];
const JOB_GROUPS = ['TrainingJobs', 'ProcessingJobs', 'TransformJobs'].map((kind) => `/aws/sagemaker/${kind}`);

/** Where a job, an endpoint, a function or a log group of this name logs; nothing where there is none. */
export async function findLogs(client: CloudWatchLogsClient, what: string): Promise<LogSource[]> {
  const groups = [what, ...OWN_GROUPS.map((group) => `${group}${what}`)];
  const found = await Promise.all([
    ...groups.map(async (group) => ((await hasGroup(client, group)) ? [{ group }] : [])),
    ...JOB_GROUPS.map(async (group) => {
      const prefix = `${what}/`;
      return (await hasStream(client, group, prefix)) ? [{ group, prefix }] : [];
    }),
  ]);
  return found.flat();
}

async function hasGroup(client: CloudWatchLogsClient, group: string): Promise<boolean> {
  const { logGroups } = await client.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: group, limit: 1 }));
  return logGroups?.[0]?.logGroupName === group;
}

async function hasStream(client: CloudWatchLogsClient, logGroupName: string, prefix: string): Promise<boolean> {
  const request = new DescribeLogStreamsCommand({ logGroupName, logStreamNamePrefix: prefix, limit: 1 });
  try {
    return ((await client.send(request)).logStreams ?? []).length > 0;
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return false;
    throw error;
  }
}

/** Names of log groups, those first that hold the text. */
export async function logGroups(client: CloudWatchLogsClient, like: string): Promise<string[]> {
  const names: string[] = [];
  for await (const page of paginateDescribeLogGroups({ client }, {}))
    names.push(...(page.logGroups ?? []).flatMap(({ logGroupName }) => logGroupName ?? []));
  const fits = (name: string) => name.toLowerCase().includes(like.toLowerCase());
  return names.sort((a, b) => Number(fits(b)) - Number(fits(a)) || a.localeCompare(b));
}

/** Lines of the sources from a time on, oldest first. */
export async function readLogs(
  client: CloudWatchLogsClient,
  sources: readonly LogSource[],
  since: number,
): Promise<LogLine[]> {
  const lines = await Promise.all(sources.map((source) => readSource(client, source, since)));
  return lines.flat().sort((a, b) => a.time - b.time);
}

async function readSource(client: CloudWatchLogsClient, source: LogSource, since: number): Promise<LogLine[]> {
  const { group, prefix } = source;
  const lines: LogLine[] = [];
  let next: string | undefined;
  do {
    const page = await client.send(
      new FilterLogEventsCommand({
        logGroupName: group,
        startTime: since,
        ...(prefix ? { logStreamNamePrefix: prefix } : {}),
        ...(next ? { nextToken: next } : {}),
      }),
    );
    for (const { timestamp = 0, message = '', logStreamName = '' } of page.events ?? [])
      lines.push({ time: timestamp, group, stream: logStreamName, message: message.trimEnd() });
    next = page.nextToken;
  } while (next);
  return lines;
}

/** What of the lines has not been shown: several may carry the same millisecond. */
export class Shown {
  private last = 0;
  private atLast = new Map<string, number>();

  /** The time from which to read on. */
  get since(): number {
    return this.last;
  }

  fresh(lines: readonly LogLine[]): LogLine[] {
    const seen = new Map(this.atLast);
    const fresh = lines.filter((line) => {
      if (line.time < this.last) return false;
      const count = line.time === this.last ? (seen.get(keyOf(line)) ?? 0) : 0;
      if (count > 0) seen.set(keyOf(line), count - 1);
      return count === 0;
    });
    this.last = Math.max(this.last, ...lines.map(({ time }) => time));
    this.atLast = new Map();
    for (const line of lines.filter(({ time }) => time === this.last))
      this.atLast.set(keyOf(line), (this.atLast.get(keyOf(line)) ?? 0) + 1);
    return fresh;
  }
}

const keyOf = ({ group, stream, message }: LogLine) => `${group}\n${stream}\n${message}`;
