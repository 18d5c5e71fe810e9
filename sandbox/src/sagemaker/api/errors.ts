import { randomUUID } from 'node:crypto';
import type { HttpAnswer } from '../options';

/** An error that the API answers with, under AWS's code. */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status = 400,
    readonly fields: Record<string, unknown> = {},
  ) {
    super(message);
    this.name = code;
  }
}

export const validationError = (message: string) => new ApiError('ValidationException', message);
export const resourceInUse = (message: string) => new ApiError('ResourceInUse', message);
export const notFound = (message: string) => new ApiError('ResourceNotFound', message);
/** The runtime API calls its own `ValidationError`, the control plane `ValidationException`. */
export const runtimeValidationError = (message: string) => new ApiError('ValidationError', message);

/** The JSON 1.1 form of an error; what is not an {@link ApiError} becomes an InternalFailure without its stack. */
export function errorAnswer(error: unknown): HttpAnswer {
  const known =
    error instanceof ApiError
      ? error
      : new ApiError('InternalFailure', `The sandbox failed to answer: ${messageOf(error)}`, 500);
  // The runtime's published model spells the member `Message`, and SDKs read either.
  const body = { __type: known.code, message: known.message, Message: known.message, ...known.fields };
  return answer(known.status, body, { 'x-amzn-errortype': known.code });
}

export function answer(status: number, body: unknown, headers: Record<string, string> = {}): HttpAnswer {
  return {
    status,
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': randomUUID(), ...headers },
    body: body === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(body)),
  };
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The message of an error; for a full disk with what to do. */
export function explainFull(error: unknown): string {
  const full = ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException)?.code ?? '');
  return full ? `the disk of the sandbox is full (${messageOf(error)}): free space, then try again` : messageOf(error);
}
