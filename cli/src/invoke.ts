import { InvokeEndpointCommand } from '@aws-sdk/client-sagemaker-runtime';
import { CommandError, notFound } from './errors';
import { EXIT } from './exit-codes';
import type { Session } from './session';

export interface Invocation {
  readonly endpointName: string;
  readonly contentType: string;
  readonly body: string;
}

export interface InvokeOptions {
  readonly model: string;
  readonly body: Uint8Array;
  /** @default - the content type that the model's stack names */
  readonly contentType?: string;
}

/** Sends a body to a model's endpoint. */
export async function invoke(session: Session, { model, body, contentType }: InvokeOptions): Promise<Invocation> {
  const directory = await session.model(model);
  const { endpointName } = directory;
  const runtime = await session.sageMakerRuntime();
  const type = contentType ?? directory.contentType;
  try {
    const answer = await runtime.send(
      new InvokeEndpointCommand({ EndpointName: endpointName, ContentType: type, Accept: type, Body: body }),
    );
    return {
      endpointName,
      contentType: answer.ContentType ?? type,
      body: Buffer.from(answer.Body ?? new Uint8Array()).toString('utf8'),
    };
  } catch (error) {
    throw endpointError(error, model, endpointName);
  }
}

function endpointError(error: unknown, model: string, endpointName: string): unknown {
  if (!(error instanceof Error)) return error;
  if (/ValidationError|ValidationException/.test(error.name) && /not found|could not find/i.test(error.message)) {
    return notFound(
      `The endpoint ${endpointName} does not exist.`,
      `No version of ${model} serves yet: mlops models show ${model}`,
    );
  }
  if (error.name !== 'ModelError') return error;
  const { OriginalStatusCode, OriginalMessage } = error as { OriginalStatusCode?: number; OriginalMessage?: string };
  return new CommandError(
    `The model answered ${OriginalStatusCode ?? 'an error'}: ${OriginalMessage ?? error.message}`,
    {
      exitCode: OriginalStatusCode && OriginalStatusCode < 500 ? EXIT.usage : EXIT.failed,
    },
  );
}
