import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { PolicyFunctionInput } from '../../lib/governance/contract';
import { HandlerError } from '../shared/errors';

const client = new LambdaClient();

/** How long a policy function may take to answer. */
const PATIENCE_MS = 60_000;

/** A policy function gave no answer. */
class NoAnswer extends HandlerError {
  constructor(message: string, options?: ErrorOptions) {
    super('NoAnswer', message, options);
  }
}

/** Asks a policy function and waits for its answer, at most a minute. */
export async function askPolicyFunction(functionArn: string, input: PolicyFunctionInput): Promise<unknown> {
  const command = new InvokeCommand({ FunctionName: functionArn, Payload: JSON.stringify(input) });
  const abortSignal = AbortSignal.timeout(PATIENCE_MS);
  let answer: { readonly FunctionError?: string; readonly Payload?: Uint8Array };
  try {
    answer = await client.send(command, { abortSignal });
  } catch (cause) {
    if (abortSignal.aborted) throw new NoAnswer(`it did not answer within ${PATIENCE_MS / 1000} seconds`, { cause });
    throw new NoAnswer(`it could not be invoked: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
  const value = jsonOf(new TextDecoder().decode(answer.Payload));
  if (!answer.FunctionError) return value;
  const message = (value as { errorMessage?: unknown } | undefined)?.errorMessage;
  throw new NoAnswer(`it failed${typeof message === 'string' ? ` (${message.slice(0, 300)})` : ''}`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
