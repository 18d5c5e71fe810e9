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
});
