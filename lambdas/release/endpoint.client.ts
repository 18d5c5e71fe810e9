import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';

const client = new SageMakerRuntimeClient();

/** The endpoint's answer as text. */
export async function invokeEndpoint(endpoint: string, body: string, contentType: string): Promise<string> {
  const command = new InvokeEndpointCommand({
    EndpointName: endpoint,
    Body: new TextEncoder().encode(body),
    ContentType: contentType,
    Accept: contentType,
  });
  const { Body } = await client.send(command);
  return new TextDecoder().decode(Body);
}
