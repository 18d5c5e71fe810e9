import { validationError } from '../api/errors';
import { announce } from '../context';
import { trafficSteps } from '../inference/traffic';
import { touch } from '../jobs/lifecycle';
import type { Resource } from '../state/store';
import { refuseBeyondCount, refuseBeyondEndpoints, variantInstances } from './limits';
import { type Call, find, type Input, listResources, newResource, type Operations, refuseExisting } from './support';

export const endpoints: Operations = {
  CreateEndpoint: async (call) => {
    const { input, context, scope } = call;
    refuseExisting(call, 'endpoint', input.EndpointName);
    const config = find(context, scope, 'endpoint-config', input.EndpointConfigName);
    refuseBeyondCount(call, 'endpoint');
    refuseBeyondEndpoints(call, variantInstances(config.describe.ProductionVariants));
    checkDeployment(input.DeploymentConfig, config);
    const endpoint = newResource('endpoint', call, input.EndpointName, { name: 'EndpointName', arn: 'EndpointArn' });
    const { DeploymentConfig, ...describe } = endpoint.describe;
    endpoint.describe = { ...describe, EndpointStatus: 'Creating', LastModifiedTime: describe.CreationTime };
    if (DeploymentConfig) endpoint.describe.LastDeploymentConfig = DeploymentConfig;
    endpoint.internal.instances = config.describe.ProductionVariants;
    await announce(context, endpoint);
    call.endpoints.create(endpoint);
    return { EndpointArn: endpoint.arn };
  },
  DescribeEndpoint: ({ context, scope, input }) => find(context, scope, 'endpoint', input.EndpointName).describe,
  ListEndpoints: (call) => {
    const { items, NextToken } = listResources(call, 'endpoint', {
      statusField: 'EndpointStatus',
      order: 'Descending',
    });
    return { Endpoints: items.map((endpoint) => endpoint.describe), NextToken };
  },
  UpdateEndpoint: updateEndpoint,
  UpdateEndpointWeightsAndCapacities: async (call) => {
    const { input, context, scope } = call;
    const endpoint = find(context, scope, 'endpoint', input.EndpointName);
    refuseUnlessSettled(endpoint);
    const known = (endpoint.describe.ProductionVariants ?? []).map((variant: Input) => variant.VariantName);
    const desired: Input[] = input.DesiredWeightsAndCapacities;
    const unknown = desired.find((variant) => !known.includes(variant.VariantName));
    if (unknown)
      throw validationError(`Variant '${unknown.VariantName}' is not one of the endpoint's: ${known.join(', ')}.`);
    endpoint.describe.EndpointStatus = 'Updating';
    touch(endpoint);
    await announce(context, endpoint);
    call.endpoints.adjust(endpoint, desired);
    return { EndpointArn: endpoint.arn };
  },
  DeleteEndpoint: async (call) => {
    const { input, context, scope } = call;
    const endpoint = find(context, scope, 'endpoint', input.EndpointName);
    refuseInProgress(endpoint);
    endpoint.describe.EndpointStatus = 'Deleting';
    touch(endpoint);
    // What is remembered as Deleting is deleted at the next start where this server is killed on the way.
    await announce(context, endpoint);
    call.endpoints.delete(endpoint);
    return undefined;
  },
};

async function updateEndpoint(call: Call): Promise<object> {
  const { input, context, scope } = call;
  const endpoint = find(context, scope, 'endpoint', input.EndpointName);
  refuseUnlessSettled(endpoint);
  const config = find(context, scope, 'endpoint-config', input.EndpointConfigName);
  // AWS reads the config that serves as well: one that was deleted meanwhile cannot be updated from.
  find(context, scope, 'endpoint-config', endpoint.describe.EndpointConfigName);
  const policy = input.RetainDeploymentConfig ? endpoint.describe.LastDeploymentConfig : input.DeploymentConfig;
  if (input.RetainDeploymentConfig && input.DeploymentConfig) {
    throw validationError('RetainDeploymentConfig and DeploymentConfig are given: give one of them.');
  }
  checkDeployment(policy, config);
  refuseBeyondEndpoints(call, variantInstances(config.describe.ProductionVariants), endpoint);
  endpoint.describe.EndpointStatus = 'Updating';
  if (policy) endpoint.describe.LastDeploymentConfig = policy;
  touch(endpoint);
  await announce(context, endpoint);
  call.endpoints.update(endpoint, {
    configName: input.EndpointConfigName,
    policy,
    retained: retainedProperties(input),
  });
  return { EndpointArn: endpoint.arn };
}

const RETAINABLE = ['DesiredInstanceCount', 'DesiredWeight', 'DataCaptureConfig'];

/** The properties that the endpoint's variants keep through an update. */
function retainedProperties({ RetainAllVariantProperties, ExcludeRetainedVariantProperties = [] }: Input): Set<string> {
  if (!RetainAllVariantProperties) return new Set();
  const excluded = ExcludeRetainedVariantProperties.map((property: Input) => property.VariantPropertyType);
  return new Set(RETAINABLE.filter((property) => !excluded.includes(property)));
}

function checkDeployment(policy: Input | undefined, config: Resource): void {
  if (!policy) return;
  if (policy.BlueGreenUpdatePolicy && policy.RollingUpdatePolicy) {
    throw validationError('BlueGreenUpdatePolicy and RollingUpdatePolicy are given: give one of them.');
  }
  trafficSteps(policy, config.describe.ProductionVariants);
}

function refuseInProgress(endpoint: Resource): void {
  if (['Creating', 'Updating', 'RollingBack', 'Deleting'].includes(endpoint.describe.EndpointStatus)) {
    throw validationError(`Cannot update in-progress endpoint "${endpoint.arn}".`);
  }
}

function refuseUnlessSettled(endpoint: Resource): void {
  refuseInProgress(endpoint);
  const status = endpoint.describe.EndpointStatus;
  if (status === 'Failed') {
    throw validationError(`Cannot update endpoint "${endpoint.arn}" in status Failed: it can only be deleted.`);
  }
}
