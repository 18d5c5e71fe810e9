import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Platform } from '../../faults/platform';

/** What a custom resource is asked for. */
export interface StackRequest {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  readonly ResourceProperties: object;
  readonly OldResourceProperties?: object;
}

/** Asks a function as CloudFormation asks a custom resource, and hears its answer. */
export async function askAsCloudFormation(
  platform: Platform,
  functionName: string,
  request: StackRequest,
): Promise<{ readonly Status: string; readonly Reason?: string }> {
  let answer: { Status: string; Reason?: string } | undefined;
  const server = createServer(async (incoming, outgoing) => {
    answer = JSON.parse(await text(incoming));
    outgoing.end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    const ResponseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const ids = { StackId: 'arn:aws:cloudformation:asked', RequestId: 'asked', LogicalResourceId: 'Asked' };
    await platform.invoke(functionName, { ...request, ...ids, PhysicalResourceId: 'asked', ResponseURL });
  } finally {
    server.close();
  }
  if (!answer) throw new Error(`${functionName} gave CloudFormation no answer.`);
  return answer;
}
