import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  FilterLogEventsCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { describe, expect, inject, it } from 'vitest';
import { clientConfig } from '../support/sandbox';

const logs = new CloudWatchLogsClient(clientConfig(inject('sandbox')));
const logGroupName = '/test/log-filters';

const messages = async (logStreamNamePrefix: string): Promise<(string | undefined)[]> => {
  const { events } = await logs.send(new FilterLogEventsCommand({ logGroupName, logStreamNamePrefix }));
  return (events ?? []).map(({ message }) => message);
};

describe('FilterLogEvents', () => {
  it('answers only events of streams whose names begin with the prefix', async () => {
    await logs.send(new CreateLogGroupCommand({ logGroupName }));
    for (const logStreamName of ['job-a/algo-1', 'job-b/algo-1']) {
      await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
      const logEvents = [{ timestamp: Date.now(), message: `from ${logStreamName}` }];
      await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
    }
    expect(await messages('job-a/')).toEqual(['from job-a/algo-1']);
    expect(await messages('job-')).toHaveLength(2);
    expect(await messages('job-c/')).toEqual([]);
  });

  it('answers in pages, each event once and in order', async () => {
    const logStreamName = 'pages/algo-1';
    await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
    const logEvents = Array.from({ length: 25 }, (_, line) => ({ timestamp: Date.now(), message: `line ${line}` }));
    await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
    const found: (string | undefined)[] = [];
    let nextToken: string | undefined;
    let pages = 0;
    do {
      const query = { logGroupName, logStreamNamePrefix: 'pages/', limit: 10, filterPattern: 'line', nextToken };
      const page = await logs.send(new FilterLogEventsCommand(query));
      found.push(...page.events!.map(({ message }) => message));
      nextToken = page.nextToken;
      pages += 1;
    } while (nextToken);
    expect(found).toEqual(logEvents.map(({ message }) => message));
    expect(pages).toBe(3);
    const wrong = new FilterLogEventsCommand({ logGroupName, nextToken: 'no token' });
    await expect(logs.send(wrong)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });
});
