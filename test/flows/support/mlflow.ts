import { GetObjectCommand } from '@aws-sdk/client-s3';
import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import { type ApiRequest, SignedTransport } from '../../../cli/src/registry/transport';
import { parseS3Uri } from '../../../lambdas/shared/s3.client';
import type { Flows } from './flows';

/** A request to MLflow's API, signed as a person signs it. */
export type AskMlflow = (
  method: ApiRequest['method'],
  path: string,
  fields?: Record<string, unknown>,
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into an answer whose shape it expects.
) => Promise<{ readonly status: number; readonly body: any }>;

export async function mlflowOf({ session }: Flows): Promise<AskMlflow> {
  const { mlflowUri } = await session.platform();
  const { endpoint } = session.target;
  const transport = new SignedTransport({
    apiUrl: mlflowUri!,
    region: await session.region(),
    credentials: fromNodeProviderChain(),
    ...(endpoint ? { endpoint } : {}),
  });
  return async (method, path, fields = {}) => {
    const request = method === 'GET' ? { query: fields as Record<string, string> } : { body: fields };
    const { status, body } = await transport.send({ method, path: `/api/2.0/${path}`, ...request });
    return { status, body: body.startsWith('{') ? JSON.parse(body) : body };
  };
}

export async function readArtifact({ s3 }: Flows, uri: string): Promise<Buffer> {
  const { bucket: Bucket, key: Key } = parseS3Uri(uri);
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  return Buffer.from(await Body!.transformToByteArray());
}
