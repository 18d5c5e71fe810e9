import { EventStreamCodec } from '@smithy/core/event-streams';
import { messageOf } from '../api/errors';
import { InvocationTimeout } from './http';

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes as Uint8Array).toString('utf8'),
  (text) => Buffer.from(text, 'utf8'),
);

const text = (value: string) => ({ type: 'string' as const, value });

/** A model's answer as events, each part as it comes; one that breaks off ends with the reason. */
export async function* eventStream(answer: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    for await (const part of answer) {
      yield encode(
        { ':event-type': 'PayloadPart', ':content-type': 'application/octet-stream', ':message-type': 'event' },
        part,
      );
    }
  } catch (error) {
    const ErrorCode = error instanceof InvocationTimeout ? 'ModelInvocationTimeExceeded' : 'StreamBroken';
    yield encode(
      { ':exception-type': 'ModelStreamError', ':content-type': 'application/json', ':message-type': 'exception' },
      Buffer.from(JSON.stringify({ Message: messageOf(error), ErrorCode })),
    );
  }
}

function encode(headers: Record<string, string>, body: Buffer): Buffer {
  const tagged = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, text(value)]));
  return Buffer.from(codec.encode({ headers: tagged, body }));
}
