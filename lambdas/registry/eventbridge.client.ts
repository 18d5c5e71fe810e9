import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { EVENT_SOURCE } from '../../lib/registry/contract';
import type { Change } from './store/types';

const client = new EventBridgeClient({});

/** Puts at most ten changes on a bus. Answers for each in order why it was refused, or undefined. */
export const putChanges = async (bus: string, changes: readonly Change[]): Promise<(string | undefined)[]> => {
  const { Entries = [] } = await client.send(
    new PutEventsCommand({
      Entries: changes.map(({ type, detail }) => ({
        EventBusName: bus,
        Source: EVENT_SOURCE,
        DetailType: type,
        Detail: JSON.stringify(detail),
        Time: new Date(detail.time),
      })),
    }),
  );
  return changes.map((_, i) => {
    const { ErrorCode, ErrorMessage } = Entries[i] ?? { ErrorCode: 'Unanswered' };
    return ErrorCode && [ErrorCode, ErrorMessage].filter(Boolean).join(': ');
  });
};
