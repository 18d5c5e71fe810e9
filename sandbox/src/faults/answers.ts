import type { HttpAnswer } from '../sagemaker/options';
import type { Call } from './call';

interface Failure {
  readonly code: string;
  readonly status: number;
  readonly message: string;
}

/** How services name throttling and their own failure, where it is not the common name. */
const THROTTLED: Readonly<Record<string, readonly [code: string, status: number]>> = {
  s3: ['SlowDown', 503],
  dynamodb: ['ProvisionedThroughputExceededException', 400],
  lambda: ['TooManyRequestsException', 429],
  sqs: ['RequestThrottled', 400],
  sns: ['Throttled', 429],
};
const FAILED: Readonly<Record<string, readonly [code: string, status: number]>> = {
  s3: ['InternalError', 500],
  dynamodb: ['InternalServerError', 500],
  lambda: ['ServiceException', 500],
  sqs: ['InternalError', 500],
  sns: ['InternalError', 500],
};

/** The error answer of a service that throttles, in its own protocol. */
export function throttled(call: Call): HttpAnswer {
  const common = call.protocol === 'query' ? (['Throttling', 400] as const) : (['ThrottlingException', 400] as const);
  const [code, status] = THROTTLED[call.service] ?? common;
  return write(call, { code, status, message: 'Rate exceeded' });
}

/** The answer of a service that fails by itself, or with the error that the rule names. */
export function failed(call: Call, name?: string): HttpAnswer {
  const [code, status] = FAILED[call.service] ?? (['InternalFailure', 500] as const);
  if (name) return write(call, { code: name, status: 400, message: `${name}, by a rule of the sandbox.` });
  return write(call, { code, status, message: 'We encountered an internal error. Please try again.' });
}

function write({ protocol }: Call, { code, status, message }: Failure): HttpAnswer {
  const requestId = 'sandbox-fault';
  const answer = (type: string, body: string | Buffer, more: Record<string, string> = {}): HttpAnswer => ({
    status,
    headers: { 'content-type': type, 'x-amzn-requestid': requestId, ...more },
    body: Buffer.from(body),
  });
  switch (protocol) {
    case 's3':
      return answer(
        'application/xml',
        `<Error><Code>${code}</Code><Message>${message}</Message><RequestId>${requestId}</RequestId></Error>`,
      );
    case 'query': {
      const type = status >= 500 ? 'Receiver' : 'Sender';
      const error = `<Error><Type>${type}</Type><Code>${code}</Code><Message>${message}</Message></Error>`;
      return answer('text/xml', `<ErrorResponse>${error}<RequestId>${requestId}</RequestId></ErrorResponse>`);
    }
    case 'cbor':
      return answer('application/cbor', cbor({ __type: code, message }), { 'smithy-protocol': 'rpc-v2-cbor' });
    default:
      return answer('application/x-amz-json-1.1', JSON.stringify({ __type: code, message }), {
        'x-amzn-errortype': code,
      });
  }
}

/** A map of short texts, which is all that an error needs of CBOR (RFC 8949). */
function cbor(values: Readonly<Record<string, string>>): Buffer {
  const text = (value: string): Buffer => {
    const bytes = Buffer.from(value);
    return Buffer.concat([Buffer.from([0x78, bytes.length]), bytes]);
  };
  const entries = Object.entries(values);
  return Buffer.concat([Buffer.from([0xa0 + entries.length]), ...entries.flat().map(text)]);
}
