import { validationError } from '../api/errors';
import { arnOf, type Scope } from '../api/scope';
import { parseS3Uri } from '../aws/s3';
import { announce, type Context } from '../context';
import { touch } from '../jobs/lifecycle';
import { type Kind, nowSeconds, type Resource } from '../state/store';
import { type Call, type Input, listResources, newResource, type Operations } from './support';

const NOUNS: Partial<Record<Kind, string>> = {
  model: 'model',
  'endpoint-config': 'endpoint configuration',
  endpoint: 'endpoint',
};

function find(context: Context, scope: Scope, kind: Kind, name: string): Resource {
  const resource = context.store.get(kind, scope, name);
  if (!resource) throw validationError(`Could not find ${NOUNS[kind]} "${arnOf(scope, `${kind}/${name}`)}".`);
  return resource;
}

function refuseExisting({ context, scope }: Call, kind: Kind, name: string): void {
  const existing = context.store.get(kind, scope, name);
  if (existing) throw validationError(`Cannot create already existing ${NOUNS[kind]} "${existing.arn}".`);
}

// Models

export const models: Operations = {
  CreateModel: async (call) => {
    const { input, context } = call;
    refuseExisting(call, 'model', input.ModelName);
    const container = await onlyContainer(call);
    const model = newResource('model', call, input.ModelName, { name: 'ModelName', arn: 'ModelArn' });
    model.describe.EnableNetworkIsolation ??= false;
    model.describe.PrimaryContainer = { Mode: 'SingleModel', Environment: {}, ...container };
    delete model.describe.Containers;
    refuseExisting(call, 'model', input.ModelName);
    await announce(context, model);
    return { ModelArn: model.arn };
  },
  DescribeModel: ({ context, scope, input }) => find(context, scope, 'model', input.ModelName).describe,
  ListModels: (call) => {
    const { items, NextToken } = listResources(call, 'model', undefined);
    return { Models: items.map((model) => model.describe), NextToken };
  },
  DeleteModel: async ({ context, scope, input }) => {
    await context.store.delete(find(context, scope, 'model', input.ModelName));
    return undefined;
  },
};

async function onlyContainer({ input, context, scope }: Call): Promise<Input> {
  const containers: Input[] = input.Containers ?? [];
  const container = input.PrimaryContainer ?? containers[0];
  if (!container) throw validationError('CreateModel needs PrimaryContainer (or Containers with one container).');
  if (containers.length > 1 || (input.PrimaryContainer && containers.length > 0)) {
    throw validationError('The sandbox serves models of one container: inference pipelines are not supported.');
  }
  if (container.Mode === 'MultiModel') throw validationError('The sandbox does not serve multi-model containers.');
  const packaged = container.ModelPackageName ? packageContainer(context, scope, container) : container;
  if (!packaged.Image) throw validationError('The container needs an Image (or a ModelPackageName).');
  context.images.resolve(packaged.Image);
  if (packaged.ModelDataUrl && packaged.ModelDataSource) {
    throw validationError('The container has both ModelDataUrl and ModelDataSource: give one.');
  }
  await checkModelData(context, scope, packaged);
  return packaged;
}

function packageContainer(context: Context, scope: Scope, container: Input): Input {
  const found =
    context.store.byArn(container.ModelPackageName) ??
    context.store.get('model-package', scope, container.ModelPackageName);
  if (!found) throw validationError(`ModelPackage ${container.ModelPackageName} does not exist.`);
  const specified = found.describe.InferenceSpecification?.Containers?.[0];
  if (!specified) throw validationError(`ModelPackage ${found.arn} has no InferenceSpecification with a container.`);
  const { Image, ModelDataUrl, ModelDataSource, Environment } = specified as Input;
  return {
    ...container,
    Image,
    ModelDataUrl,
    ModelDataSource,
    Environment: { ...Environment, ...container.Environment },
  };
}

async function checkModelData(context: Context, scope: Scope, container: Input): Promise<void> {
  const source = container.ModelDataSource?.S3DataSource;
  const uri: string | undefined = container.ModelDataUrl ?? source?.S3Uri;
  if (!uri) return;
  const location = parseS3Uri(uri);
  const found =
    source?.CompressionType === 'None'
      ? (await context.s3.keys(scope, location).catch(() => [])).length > 0
      : await context.s3.exists(scope, location);
  if (!found) throw validationError(`Could not find model data at ${uri}.`);
}

// Endpoint configs

export const endpointConfigs: Operations = {
  CreateEndpointConfig: async (call) => {
    const { input, context, scope } = call;
    refuseExisting(call, 'endpoint-config', input.EndpointConfigName);
    for (const member of ['AsyncInferenceConfig', 'ShadowProductionVariants', 'ExplainerConfig']) {
      if (input[member])
        throw validationError(`${member} is not supported by the sandbox: endpoints answer in real time.`);
    }
    checkVariants(context, scope, input.ProductionVariants);
    if (input.DataCaptureConfig) parseS3Uri(input.DataCaptureConfig.DestinationS3Uri);
    const names = { name: 'EndpointConfigName', arn: 'EndpointConfigArn' };
    const config = newResource('endpoint-config', call, input.EndpointConfigName, names);
    config.describe.EnableNetworkIsolation ??= false;
    for (const variant of config.describe.ProductionVariants) {
      variant.InitialVariantWeight ??= 1;
      if (!variant.ServerlessConfig) variant.InitialInstanceCount ??= 1;
    }
    await announce(context, config);
    return { EndpointConfigArn: config.arn };
  },
  DescribeEndpointConfig: ({ context, scope, input }) =>
    find(context, scope, 'endpoint-config', input.EndpointConfigName).describe,
  ListEndpointConfigs: (call) => {
    const { items, NextToken } = listResources(call, 'endpoint-config', undefined);
    return { EndpointConfigs: items.map((config) => config.describe), NextToken };
  },
  DeleteEndpointConfig: async ({ context, scope, input }) => {
    await context.store.delete(find(context, scope, 'endpoint-config', input.EndpointConfigName));
    return undefined;
  },
};

function checkVariants(context: Context, scope: Scope, variants: Input[]): void {
  const names = variants.map((variant) => variant.VariantName as string);
  if (new Set(names).size !== names.length) {
    throw validationError(`Production variant names must be unique; received ${names.join(', ')}.`);
  }
  for (const variant of variants) {
    if (!variant.ModelName) {
      throw validationError(
        `Variant '${variant.VariantName}' needs ModelName: inference components are not supported.`,
      );
    }
    find(context, scope, 'model', variant.ModelName);
    if (!variant.InstanceType && !variant.ServerlessConfig) {
      throw validationError(`Variant '${variant.VariantName}' needs InstanceType or ServerlessConfig.`);
    }
  }
}

// Endpoints

export const endpoints: Operations = {
  CreateEndpoint: async (call) => {
    const { input, context, scope } = call;
    refuseExisting(call, 'endpoint', input.EndpointName);
    find(context, scope, 'endpoint-config', input.EndpointConfigName);
    const endpoint = newResource('endpoint', call, input.EndpointName, { name: 'EndpointName', arn: 'EndpointArn' });
    endpoint.describe.EndpointStatus = 'Creating';
    endpoint.describe.LastModifiedTime = endpoint.describe.CreationTime;
    await announce(context, endpoint);
    call.endpoints.create(endpoint);
    return { EndpointArn: endpoint.arn };
  },
  DescribeEndpoint: ({ context, scope, input }) => find(context, scope, 'endpoint', input.EndpointName).describe,
  ListEndpoints: (call) => {
    const { items, NextToken } = listResources(call, 'endpoint', 'EndpointStatus');
    return { Endpoints: items.map((endpoint) => endpoint.describe), NextToken };
  },
  UpdateEndpoint: async (call) => {
    const { input, context, scope } = call;
    const endpoint = find(context, scope, 'endpoint', input.EndpointName);
    find(context, scope, 'endpoint-config', input.EndpointConfigName);
    refuseInProgress(endpoint);
    endpoint.describe.EndpointStatus = 'Updating';
    if (input.DeploymentConfig) endpoint.describe.LastDeploymentConfig = input.DeploymentConfig;
    touch(endpoint);
    await announce(context, endpoint);
    call.endpoints.update(endpoint, input.EndpointConfigName);
    return { EndpointArn: endpoint.arn };
  },
  UpdateEndpointWeightsAndCapacities: async (call) => {
    const { input, context, scope } = call;
    const endpoint = find(context, scope, 'endpoint', input.EndpointName);
    refuseInProgress(endpoint);
    const known = (endpoint.describe.ProductionVariants ?? []).map((variant: Input) => variant.VariantName);
    const desired: Input[] = input.DesiredWeightsAndCapacities;
    const unknown = desired.find((variant) => !known.includes(variant.VariantName));
    if (unknown)
      throw validationError(`Variant '${unknown.VariantName}' is not one of the endpoint's: ${known.join(', ')}.`);
    const weights = desired.filter((variant) => variant.DesiredWeight !== undefined);
    call.endpoints.weigh(endpoint, new Map(weights.map((variant) => [variant.VariantName, variant.DesiredWeight])));
    endpoint.describe.LastModifiedTime = nowSeconds();
    await announce(context, endpoint);
    return { EndpointArn: endpoint.arn };
  },
  DeleteEndpoint: async (call) => {
    const { input, context, scope } = call;
    const endpoint = find(context, scope, 'endpoint', input.EndpointName);
    // A creation may be cut short; an update on AWS may not.
    if (endpoint.describe.EndpointStatus === 'Updating') refuseInProgress(endpoint);
    endpoint.describe.EndpointStatus = 'Deleting';
    touch(endpoint);
    context.events.publish(endpoint);
    await call.endpoints.delete(endpoint);
    return undefined;
  },
};

function refuseInProgress(endpoint: Resource): void {
  if (['Creating', 'Updating', 'Deleting'].includes(endpoint.describe.EndpointStatus)) {
    throw validationError(`Cannot update in-progress endpoint "${endpoint.arn}".`);
  }
}
