import { validationError } from '../api/errors';
import type { Scope } from '../api/scope';
import { parseS3Uri } from '../aws/s3';
import { announce, type Context } from '../context';
import { refuseBeyondCount } from './limits';
import { type Call, find, type Input, listResources, newResource, type Operations, refuseExisting } from './support';

/** The most containers of an inference pipeline. */
const MAX_CONTAINERS = 15;

export const models: Operations = {
  CreateModel: async (call) => {
    const { input, context } = call;
    refuseExisting(call, 'model', input.ModelName);
    refuseBeyondCount(call, 'model');
    const containers = await checkedContainers(call);
    const model = newResource('model', call, input.ModelName, { name: 'ModelName', arn: 'ModelArn' });
    model.describe.EnableNetworkIsolation ??= false;
    if (input.PrimaryContainer) model.describe.PrimaryContainer = containers[0];
    else model.describe.Containers = containers;
    // Another request may have taken the name while the data was looked for.
    refuseExisting(call, 'model', input.ModelName);
    await announce(context, model);
    return { ModelArn: model.arn };
  },
  DescribeModel: ({ context, scope, input }) => find(context, scope, 'model', input.ModelName).describe,
  ListModels: (call) => {
    const { items, NextToken } = listResources(call, 'model', { order: 'Descending' });
    return { Models: items.map((model) => model.describe), NextToken };
  },
  DeleteModel: async ({ context, scope, input }) => {
    await context.store.delete(find(context, scope, 'model', input.ModelName));
    return undefined;
  },
};

async function checkedContainers(call: Call): Promise<Input[]> {
  const { input } = call;
  const given: Input[] = input.Containers ?? [];
  if (input.PrimaryContainer && given.length > 0) {
    throw validationError('Both PrimaryContainer and Containers are given: give one of them.');
  }
  const containers: Input[] = input.PrimaryContainer ? [input.PrimaryContainer] : given;
  if (containers.length === 0) throw validationError('CreateModel needs PrimaryContainer or Containers.');
  if (containers.length > MAX_CONTAINERS) {
    throw validationError(`A model has at most ${MAX_CONTAINERS} containers; received ${containers.length}.`);
  }
  checkTogether(input, containers);
  return Promise.all(containers.map((container) => checkedContainer(call, container)));
}

/** What AWS asks of several containers of one model. */
function checkTogether({ InferenceExecutionConfig }: Input, containers: Input[]): void {
  if (containers.length > 1 && containers.some(({ Mode }) => Mode === 'MultiModel')) {
    throw validationError('The sandbox serves a multi-model container alone, not as part of a pipeline.');
  }
  const hosts = containers.flatMap(({ ContainerHostname }) => (ContainerHostname ? [ContainerHostname] : []));
  if (new Set(hosts).size !== hosts.length) {
    throw validationError(`ContainerHostname must be unique in a model; received ${hosts.join(', ')}.`);
  }
  if (InferenceExecutionConfig?.Mode === 'Direct' && hosts.length !== containers.length) {
    throw validationError('InferenceExecutionConfig mode Direct needs a ContainerHostname for every container.');
  }
}

async function checkedContainer(call: Call, given: Input): Promise<Input> {
  const { context, scope } = call;
  const container = given.ModelPackageName ? packageContainer(context, scope, given) : given;
  if (!container.Image) throw validationError('The container needs an Image (or a ModelPackageName).');
  context.images.resolve(container.Image);
  if (container.ModelDataUrl && container.ModelDataSource) {
    throw validationError('The container has both ModelDataUrl and ModelDataSource: give one.');
  }
  if (container.AdditionalModelDataSources?.length > 0) {
    throw validationError('AdditionalModelDataSources is not supported by the sandbox: put the files into the model.');
  }
  const multiModel = container.Mode === 'MultiModel';
  if (multiModel && !container.ModelDataUrl) {
    throw validationError('A MultiModel container needs ModelDataUrl: the S3 prefix under which its models are.');
  }
  if (multiModel) parseS3Uri(container.ModelDataUrl);
  else await checkModelData(context, scope, container);
  return { Mode: 'SingleModel', Environment: {}, ...container };
}

function packageContainer(context: Context, scope: Scope, container: Input): Input {
  const found =
    context.store.byArn(container.ModelPackageName) ??
    context.store.get('model-package', scope, container.ModelPackageName);
  if (found?.kind !== 'model-package')
    throw validationError(`ModelPackage ${container.ModelPackageName} does not exist.`);
  const { InferenceSpecification, AdditionalInferenceSpecifications = [] } = found.describe;
  const name = container.InferenceSpecificationName as string | undefined;
  const specification = name
    ? AdditionalInferenceSpecifications.find(({ Name }: Input) => Name === name)
    : InferenceSpecification;
  const specified = specification?.Containers?.[0] as Input | undefined;
  if (!specified) {
    throw validationError(`ModelPackage ${found.arn} has no ${name ?? 'InferenceSpecification'} with a container.`);
  }
  const { Image, ModelDataUrl, ModelDataSource, Environment } = specified;
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
