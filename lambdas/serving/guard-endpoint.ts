import type { EndpointGuardProperties } from '../../lib/serving/contract';
import type { EndpointClient } from './endpoint.client';

/** A request of CloudFormation, as far as the guard looks at it. */
export interface GuardRequest {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties: EndpointGuardProperties;
  readonly OldResourceProperties?: Partial<EndpointGuardProperties>;
}

export interface GuardTools {
  readonly endpoints: EndpointClient;
  /** Lets some seconds pass between two looks. */
  readonly pause: () => Promise<void>;
  /** How often to look whether the endpoint is gone. */
  readonly looks: number;
}

/** Why the request is refused; undefined where it is granted. */
export async function guardEndpoint(request: GuardRequest, tools: GuardTools): Promise<string | undefined> {
  const { RequestType, ResourceProperties: properties, OldResourceProperties: old } = request;
  if (RequestType === 'Create') return undefined;
  if (RequestType === 'Update') {
    if (!old?.endpointName || old.endpointName === properties.endpointName) return undefined;
    return refusal(old.endpointName, `Its name can't change to ${properties.endpointName} while it lives`, tools);
  }
  if (properties.deleteEndpoint === 'true') return removeEndpoint(properties, tools);
  return refusal(properties.endpointName, 'The stack would leave it behind without alarms and pipeline', tools);
}

async function refusal(name: string, why: string, { endpoints }: GuardTools): Promise<string | undefined> {
  const endpoint = await endpoints.describe(name);
  if (!endpoint) return undefined;
  return (
    `The endpoint ${name} lives (${endpoint.status}). ${why}. Move its callers elsewhere and delete it first: ` +
    `aws sagemaker delete-endpoint --endpoint-name ${name}`
  );
}

/** Deletes the endpoint, then its configs' models and configs, as far as they are ours. */
async function removeEndpoint(properties: EndpointGuardProperties, tools: GuardTools): Promise<string | undefined> {
  const { endpoints, pause, looks } = tools;
  const { endpointName, namePrefix } = properties;
  let config: string | undefined;
  for (let look = 0; look < looks; look++) {
    const endpoint = await endpoints.describe(endpointName);
    if (!endpoint) {
      if (config?.startsWith(namePrefix)) await endpoints.deleteConfig(config, namePrefix);
      return undefined;
    }
    config = endpoint.config ?? config;
    if (['InService', 'Failed', 'OutOfService', 'UpdateRollbackFailed'].includes(endpoint.status)) {
      await endpoints.delete(endpointName);
    }
    await pause();
  }
  return `The endpoint ${endpointName} was not gone after the time that there is to wait; delete the stack again.`;
}
