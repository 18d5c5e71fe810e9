import { InvokeCommand } from '@aws-sdk/client-lambda';
import { DeleteMessageCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { Platform } from './platform';

/**
 * Sends dead letters to the function that could not take them, as docs/runbooks/dead-letters.md tells people to. Those of
 * the table's stream are only cleared: their changes go out from the table.
 * @returns how many there were.
 */
export async function redrive({ clients }: Platform, queues: readonly string[]): Promise<number> {
  const { sqs, lambda } = clients;
  let found = 0;
  for (const QueueUrl of queues) {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    for (const { Body = '{}', ReceiptHandle } of Messages) {
      found++;
      const { requestContext, requestPayload } = JSON.parse(Body);
      if (requestPayload) {
        const FunctionName: string = requestContext.functionArn;
        const Payload = JSON.stringify(requestPayload);
        await lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload }));
      }
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  }
  return found;
}
